// A semaphore against a model of it, by random steps of many tasks.

#include "support/catch.hpp"
#include "support/random_members.hpp"
#include "support/tasks.hpp"

#include <juggle/juggle.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

using juggle::Cancelled;
using juggle::Semaphore;
using juggle::Task;
using support::End;
using support::Member;
using support::Members;
using support::RandomSteps;

namespace {

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

}  // namespace

TEST_CASE("random holders of a semaphore do what the model does") {
    support::run_seeds<SemaphoreSteps>();
}
