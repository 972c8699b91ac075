// A channel and a semaphore against models of them, by random steps of many tasks.

#include "support/catch.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"
#include "support/torture.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Channel;
using juggle::ChannelClosed;
using juggle::JoinHandle;
using juggle::Semaphore;
using juggle::Task;
using support::TestExecutor;

namespace {

enum class End { none, well, nothing, closed, cancelled };

/// A task that pushes, pops or holds permits: how it has ended, and how it should have.
struct Member {
    End end = End::none;
    End expected = End::none;
    int element = 0;
    int expected_element = 0;
    int offered = 0;  // and not taken yet
    std::size_t permits = 0;
    juggle::AsyncEvent release{};
    JoinHandle<> task{};
};
using Members = std::deque<Member*>;

class RandomSteps {
public:
    explicit RandomSteps(std::uint64_t seed) : random_{seed} {}

protected:
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

    Member& add() { return *members_.emplace_back(std::make_unique<Member>()); }
    Member* some(const Members& members) {
        return members.empty() ? nullptr : members[below(members.size())];
    }

    /// Everybody has ended as expected, or not at all.
    void check() const {
        const bool as_expected = std::ranges::all_of(members_, [](const auto& member) {
            return member->end == member->expected && member->element == member->expected_element;
        });
        CHECK(as_expected);
    }

    std::mt19937_64 random_;
    std::vector<std::unique_ptr<Member>> members_;
};

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

/// First come, first served, also for those who want many.
class SemaphoreSteps : RandomSteps {
public:
    explicit SemaphoreSteps(std::uint64_t seed)
        : RandomSteps{seed}, available_{1 + below(5)}, semaphore_{available_} {}

    Task<> run(juggle::Executor& executor, int steps) {
        const std::size_t all = available_;
        for (int step = 0; step < steps; ++step) {
            const std::size_t kind = below(10);
            if (kind < 5) {
                Member& member = add();
                member.permits = 1 + below(all);
                member.task = executor.spawn(hold(member));
                waiting_.push_back(&member);
            } else if (Member* member = some(kind < 8 ? holding_ : waiting_)) {
                kind < 8 ? release(*member) : cancel(*member);
            }
            serve();
            co_await settle();
        }
        while (!holding_.empty()) {
            release(*holding_.front());
            serve();
            co_await settle();
        }
        CHECK(waiting_.empty());
        CHECK(semaphore_.available() == all);
    }

private:
    Task<> settle() {
        co_await support::yield_times(4);
        check();
        CHECK(semaphore_.available() == available_);
    }

    Task<> hold(Member& member) {
        try {
            const juggle::SemaphorePermit permit = co_await semaphore_.acquire(member.permits);
            member.element = 1;
            co_await member.release.wait();
            member.end = End::well;
        } catch (const Cancelled&) {
            member.end = End::cancelled;
        }
    }

    void serve() {
        while (!waiting_.empty() && waiting_.front()->permits <= available_) {
            Member& member = *waiting_.front();
            waiting_.pop_front();
            available_ -= member.permits;
            member.expected_element = 1;
            holding_.push_back(&member);
        }
    }
    void release(Member& member) {
        member.release.set();
        member.expected = End::well;
        available_ += member.permits;
        std::erase(holding_, &member);
    }
    void cancel(Member& member) {
        member.task.request_stop();
        member.expected = End::cancelled;
        std::erase(waiting_, &member);
    }

    std::size_t available_;
    Semaphore semaphore_;
    Members waiting_;
    Members holding_;
};

template <class Steps>
void run_seeds() {
    constexpr int steps_a_seed = 200;
    const auto seeds = static_cast<std::uint64_t>(support::rounds(200, 10'000));
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        INFO("seed " << seed);
        TestExecutor test;
        Steps steps{seed};
        test.executor.run(steps.run(test.executor, steps_a_seed));
        CHECK(test.reports.empty());
        support::cases += steps_a_seed;
    }
}

}  // namespace

TEST_CASE("random pushes, pops, stops and the end of a channel do what the model does") {
    run_seeds<ChannelSteps>();
}

TEST_CASE("random holders of a semaphore do what the model does") { run_seeds<SemaphoreSteps>(); }
