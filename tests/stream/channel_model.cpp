// A channel against a model of it, by random steps of many tasks.

#include "support/catch.hpp"
#include "support/random_members.hpp"
#include "support/tasks.hpp"

#include <juggle/juggle.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Channel;
using juggle::ChannelClosed;
using juggle::Task;
using support::End;
using support::Member;
using support::Members;
using support::RandomSteps;

namespace {

/// Nobody waits to pop while there is an element, nor to push while there is room.
class ChannelSteps : RandomSteps {
public:
    explicit ChannelSteps(std::uint64_t seed)
        : RandomSteps{seed}, capacity_{below(4)}, channel_{capacity_} {}

    Task<> run(juggle::Executor& executor, int steps) {
        for (int step = 0; step < steps; ++step) {
            take_step(executor);
            if (below(3) == 0) {
                co_await settle();
            }
        }
        co_await settle();
        close();
        co_await settle();
        while (std::optional<int> element = channel_.try_pop()) {
            CHECK(*element == take_front());
        }
        CHECK(inside_.empty());
    }

private:
    /// What was begun so far has been begun in this order.
    Task<> settle() {
        co_await support::yield_times(4);
        check();
        CHECK(channel_.size() == inside_.size());
        spawned_ = false;
    }

    void take_step(juggle::Executor& executor) {
        const std::size_t kind = below(100);
        if (kind < 44) {
            spawned_ = true;
            Member& member = add();
            member.task = executor.spawn(push(member, ++elements_));
            expect_push(member, elements_);
        } else if (kind < 88) {
            spawned_ = true;
            Member& member = add();
            member.task = executor.spawn(pop(member));
            expect_pop(member);
        } else if (!spawned_) {  // the others would come before those
            kind < 99 ? cancel(kind % 2 == 0 ? pushers_ : poppers_) : close();
        }
    }

    Task<> push(Member& member, int element) {
        try {
            co_await channel_.push(std::move(element));
            member.end = End::well;
        } catch (const ChannelClosed&) {
            member.end = End::closed;
        } catch (const Cancelled&) {
            member.end = End::cancelled;
        }
    }
    Task<> pop(Member& member) {
        try {
            const std::optional<int> element = co_await channel_.pop();
            member.end = element ? End::well : End::nothing;
            member.element = element.value_or(0);
        } catch (const Cancelled&) {
            member.end = End::cancelled;
        }
    }

    void expect_push(Member& member, int element) {
        member.expected = closed_ ? End::closed : End::well;
        if (closed_) {
            return;
        }
        if (!poppers_.empty()) {
            give(*poppers_.front(), element);
            poppers_.pop_front();
        } else if (inside_.size() < capacity_) {
            inside_.push_back(element);
        } else {
            member.expected = End::none;
            member.offered = element;
            pushers_.push_back(&member);
        }
    }
    void expect_pop(Member& member) {
        if (!inside_.empty() || !pushers_.empty()) {
            give(member, take_front());
        } else if (closed_) {
            member.expected = End::nothing;
        } else {
            poppers_.push_back(&member);
        }
    }
    static void give(Member& member, int element) {
        member.expected = End::well;
        member.expected_element = element;
    }
    int take_front() {
        if (!pushers_.empty()) {
            Member& pusher = *pushers_.front();
            pushers_.pop_front();
            pusher.expected = End::well;
            inside_.push_back(pusher.offered);
        }
        const int element = inside_.front();
        inside_.pop_front();
        return element;
    }
    void cancel(Members& line) {
        if (Member* member = some(line)) {
            member->task.request_stop();
            member->expected = End::cancelled;
            std::erase(line, member);
        }
    }
    void close() {
        channel_.close();
        closed_ = true;
        for (Member* pusher : std::exchange(pushers_, {})) {
            pusher->expected = End::closed;
        }
        for (Member* popper : std::exchange(poppers_, {})) {
            popper->expected = End::nothing;
        }
    }

    std::size_t capacity_;
    Channel<int> channel_;
    std::deque<int> inside_;
    Members pushers_;
    Members poppers_;
    int elements_ = 0;
    bool closed_ = false;
    bool spawned_ = false;
};

}  // namespace

TEST_CASE("random pushes, pops, stops and the end of a channel do what the model does") {
    support::run_seeds<ChannelSteps>();
}
