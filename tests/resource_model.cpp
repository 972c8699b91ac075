// A resource against a model of it: thousands of random steps of exclusive and shared holders.

#include "support/manual_event.hpp"
#include "support/resources.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

using juggle::EventStatus;
using juggle::JoinHandle;
using juggle::ResourcePoisoned;
using juggle::Task;
using support::copy;
using support::DeviceResource;
using support::DeviceTicket;
using support::exception_of;
using support::is;
using support::ManualEvent;
using support::SharedTicket;
using support::TestExecutor;

namespace {

using Events = std::vector<ManualEvent>;

/// One ticket of the model and its counterpart.
struct Member {
    bool shared = false;
    bool held = false;
    std::variant<DeviceTicket, SharedTicket> ticket;
    std::span<const ManualEvent> seen;  // what its wait gave
    Events seen_then;
    JoinHandle<> waiter;
};

/// The rules, as simply as they can be said: the line is a list, the group at its front is the
/// first ticket or, if that is shared, all up to the first that is not.
class Line {
public:
    std::vector<std::unique_ptr<Member>> members;
    Events inherited;
    Events collected;
    bool poisoned = false;

    std::size_t group_size() const {
        if (members.empty() || !members.front()->shared) {
            return members.empty() ? 0 : 1;
        }
        return static_cast<std::size_t>(
            std::ranges::find_if(members, [](const auto& member) { return !member->shared; }) -
            members.begin());
    }

    void remove(std::size_t index, bool well) {
        if (index < group_size()) {
            somebody_held_ |= members[index]->held;
            somebody_failed_ |= members[index]->held && !well;
            if (group_size() == 1) {
                end_group();
            }
        }
        members.erase(members.begin() + static_cast<std::ptrdiff_t>(index));
    }

    void clear_poison() {
        poisoned = false;
        const bool in_use =
            std::ranges::any_of(members, [](const auto& member) { return member->held; });
        if (in_use) {
            forgets_failed_ = true;
        } else {
            forget_failed();
        }
    }

private:
    void forget_failed() {
        std::erase_if(inherited, [](const ManualEvent& event) {
            return event.status() == EventStatus::failed;
        });
    }
    void end_group() {
        if (somebody_failed_) {
            if (forgets_failed_) {
                forget_failed();
            }
            inherited.insert(inherited.end(), collected.begin(), collected.end());
        } else if (somebody_held_) {
            inherited = collected;
        }
        collected.clear();
        somebody_held_ = somebody_failed_ = forgets_failed_ = false;
    }

    bool somebody_held_ = false;
    bool somebody_failed_ = false;
    bool forgets_failed_ = false;
};

class RandomSteps {
public:
    RandomSteps(juggle::Executor& executor, unsigned seed) : executor_{executor}, random_{seed} {}

    Task<> run(int steps) {
        for (int step = 0; step < steps; ++step) {
            take_step();
            co_await support::yield_times(2);
            co_await settle_waiters();
            check();
        }
        co_await empty_the_line();
    }

private:
    std::size_t below(std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random_);
    }

    void take_step() {
        const std::size_t kind = below(100);
        if (line_.members.empty() || kind < 25) {
            acquire();
            return;
        }
        const std::size_t index = below(2) == 0
                                      ? below(line_.members.size())
                                      : below(std::max<std::size_t>(line_.group_size(), 1));
        Member& member = *line_.members[index];
        if (kind < 45) {
            try_wait(index);
        } else if (kind < 52) {
            begin_wait(member);
        } else if (kind < 72) {
            release(index);
        } else if (kind < 77) {
            fail(index);
        } else if (kind < 84) {
            drop(index);
        } else if (kind < 90) {
            move(member);
        } else if (kind < 94) {
            track(member);
        } else if (kind < 97) {
            settle_an_event();
        } else {
            resource_.clear_poison();
            line_.clear_poison();
        }
    }

    void acquire() {
        auto member = std::make_unique<Member>();
        member->shared = below(3) != 0;
        if (member->shared) {
            member->ticket = resource_.acquire_shared();
        } else {
            member->ticket = resource_.acquire();
        }
        line_.members.push_back(std::move(member));
    }

    void try_wait(std::size_t index) {
        Member& member = *line_.members[index];
        try {
            const auto events =
                std::visit([](auto& ticket) { return ticket.try_wait(); }, member.ticket);
            CHECK(events.has_value() == (index < line_.group_size()));
            if (events) {
                CHECK_FALSE(line_.poisoned);
                hold(member, *events);
            }
        } catch (const ResourcePoisoned&) {
            CHECK(line_.poisoned);
            CHECK(index < line_.group_size());
        }
    }

    void begin_wait(Member& member) {
        if (!member.waiter) {
            member.waiter = executor_.spawn(wait(*this, member));
        }
    }
    static Task<> wait(RandomSteps& self, Member& member) {
        std::span<const ManualEvent> events;
        if (member.shared) {
            events = co_await std::get<SharedTicket>(member.ticket).wait();
        } else {
            events = co_await std::get<DeviceTicket>(member.ticket).wait();
        }
        self.hold(member, events);
    }
    Task<> settle_waiters() {
        for (std::size_t index = 0; index < line_.members.size(); ++index) {
            Member& member = *line_.members[index];
            if (!member.waiter) {
                continue;
            }
            CHECK(member.waiter.done() == (index < line_.group_size()));
            if (member.waiter.done()) {
                const std::exception_ptr error = co_await exception_of(member.waiter);
                CHECK(is<ResourcePoisoned>(error) == (error != nullptr));
                CHECK(member.held == (error == nullptr || member.held));
                member.waiter = {};
            }
        }
    }

    void hold(Member& member, std::span<const ManualEvent> events) {
        member.held = true;
        member.seen = events;
        member.seen_then = copy(events);
        for (const ManualEvent& event : line_.inherited) {
            if (event.status() != EventStatus::complete) {
                CHECK(std::ranges::count(events, event) >= 1);
            }
        }
        for (const ManualEvent& event : events) {
            CHECK(std::ranges::count(line_.inherited, event) >= 1);
        }
    }

    void release(std::size_t index) {
        Member& member = *line_.members[index];
        const ManualEvent event = some_event();
        try {
            std::visit([&event](auto& ticket) { ticket.ready(event); }, member.ticket);
            CHECK(member.held);
            line_.collected.push_back(event);
            line_.remove(index, true);
        } catch (const std::logic_error&) {
            CHECK_FALSE(member.held);
        }
    }

    void fail(std::size_t index) {
        Member& member = *line_.members[index];
        try {
            std::visit([](auto& ticket) { ticket.fail(nullptr); }, member.ticket);
            CHECK(member.held);
            line_.poisoned = true;
            line_.remove(index, false);
        } catch (const std::logic_error&) {
            CHECK_FALSE(member.held);
        }
    }

    /// By an exception, if it is held: that poisons.
    void drop(std::size_t index) {
        std::unique_ptr<Member>& member = line_.members[index];
        if (member->waiter) {
            return;  // must not be dropped
        }
        line_.poisoned |= member->held;
        try {
            const auto dropped = std::move(member->ticket);
            throw std::runtime_error{"dropped"};
        } catch (const std::runtime_error&) {}
        line_.remove(index, false);
    }

    void move(Member& member) {
        auto moved = std::move(member.ticket);
        CHECK_FALSE(
            std::visit([](auto& ticket) { return static_cast<bool>(ticket); }, member.ticket));
        member.ticket = std::move(moved);
    }

    void track(Member& member) {
        const ManualEvent event = some_event();
        try {
            std::visit([&event](auto& ticket) { ticket.track(event); }, member.ticket);
            CHECK(member.held);
            line_.collected.push_back(event);
        } catch (const std::logic_error&) {
            CHECK_FALSE(member.held);
        }
    }

    ManualEvent some_event() {
        ManualEvent event;
        if (below(2) == 0) {
            event.complete();
        } else {
            pending_.push_back(event);
        }
        return event;
    }
    void settle_an_event() {
        if (pending_.empty()) {
            return;
        }
        const ManualEvent event = pending_[below(pending_.size())];
        std::erase(pending_, event);
        if (below(4) == 0) {
            event.fail();
        } else {
            event.complete();
        }
    }

    void check() {
        const std::size_t group = line_.group_size();
        for (std::size_t index = 0; index < line_.members.size(); ++index) {
            const Member& member = *line_.members[index];
            std::visit(
                [&](const auto& ticket) {
                    CHECK(ticket.granted() == (index < group));
                    CHECK(ticket.held() == member.held);
                },
                member.ticket);
            if (member.held) {
                CHECK((member.shared || group == 1));
                CHECK(copy(member.seen) == member.seen_then);
            }
        }
        CHECK(resource_.idle() == line_.members.empty());
        CHECK(resource_.poisoned() == line_.poisoned);
    }

    Task<> empty_the_line() {
        resource_.clear_poison();
        line_.clear_poison();
        while (!line_.members.empty()) {
            begin_wait(*line_.members.front());
            co_await support::yield_times(2);
            co_await settle_waiters();
            release(0);
            check();
        }
        for (const ManualEvent& event : pending_) {
            event.complete();
        }
    }

    juggle::Executor& executor_;
    std::mt19937 random_;
    Events pending_;
    DeviceResource resource_{0};
    Line line_;
};

}  // namespace

TEST_CASE("random steps of exclusive and shared holders do what the model does") {
    for (const unsigned seed : {1U, 2U, 3U, 4U}) {
        INFO("seed " << seed);
        TestExecutor test;
        RandomSteps steps{test.executor, seed};
        test.executor.run(steps.run(3'000));
        CHECK(test.reports.empty());
    }
}
