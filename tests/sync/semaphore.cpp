// So many at one time, the others in order.

#include "support/catch.hpp"
#include "support/first_wins.hpp"
#include "support/polled_executor.hpp"
#include "support/process.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Executor;
using juggle::JoinHandle;
using juggle::Semaphore;
using juggle::SemaphorePermit;
using juggle::Task;
using support::exception_of;
using support::is;
using support::yield_times;

namespace {

/// Notes its name when it has the permits, and gives them back.
Task<> pass(Semaphore& semaphore, std::size_t count, int name, std::vector<int>& list) {
    const SemaphorePermit permit = co_await semaphore.acquire(count);
    list.push_back(name);
}

Task<SemaphorePermit> take(Semaphore& semaphore, std::size_t count = 1) {
    SemaphorePermit permit = co_await semaphore.acquire(count);
    co_return permit;
}

}  // namespace

static_assert(!std::is_copy_constructible_v<Semaphore>);
static_assert(!std::is_move_constructible_v<Semaphore>);

// ---- taking and giving back ---------------------------------------------------------------------

CO_TEST_CASE("a new semaphore has all its permits") {
    const Semaphore semaphore{3};
    CHECK(semaphore.permits() == 3);
    CHECK(semaphore.available() == 3);
    co_return;
}

CO_TEST_CASE("permits are taken while there are some, without suspending") {
    Semaphore semaphore{3};
    bool other_ran = false;
    const auto other = [&other_ran]() -> Task<> {
        other_ran = true;
        co_return;
    };
    executor.spawn(other()).detach();
    {
        const SemaphorePermit one = co_await semaphore.acquire();
        CHECK(one.count() == 1);
        CHECK(semaphore.available() == 2);
        const SemaphorePermit two = co_await semaphore.acquire(2);
        CHECK(two.count() == 2);
        CHECK(semaphore.available() == 0);
        CHECK(semaphore.permits() == 3);
    }
    CHECK(semaphore.available() == 3);
    CHECK_FALSE(other_ran);
}

CO_TEST_CASE(
    "one that finds no permit waits until one is given back, and resumes at a later turn") {
    Semaphore semaphore{1};
    std::vector<int> list;
    SemaphorePermit permit = co_await semaphore.acquire();
    const JoinHandle<> waiting = executor.spawn(pass(semaphore, 1, 1, list));
    co_await yield_times(5);
    CHECK(list.empty());
    permit.release();
    CHECK(list.empty());
    CHECK(semaphore.available() == 0);  // it has it already
    co_await waiting;
    CHECK(list == std::vector{1});
    CHECK(semaphore.available() == 1);
}

CO_TEST_CASE("never more than so many are at it") {
    Semaphore semaphore{3};
    int inside = 0;
    int most = 0;
    const auto work = [&](int turns) -> Task<> {
        const SemaphorePermit permit = co_await semaphore.acquire();
        most = std::max(most, ++inside);
        co_await yield_times(turns);
        --inside;
    };
    std::vector<JoinHandle<>> workers;
    for (int index = 0; index < 50; ++index) {
        workers.push_back(executor.spawn(work(index % 7)));
    }
    for (const JoinHandle<>& worker : workers) {
        co_await worker;
    }
    CHECK(most == 3);
    CHECK(inside == 0);
    CHECK(semaphore.available() == 3);
}

// ---- the order ----------------------------------------------------------------------------------

CO_TEST_CASE("those who wait are served in the order in which they came") {
    Semaphore semaphore{1};
    std::vector<int> list;
    SemaphorePermit permit = co_await semaphore.acquire();
    for (int name = 0; name < 5; ++name) {
        executor.spawn(pass(semaphore, 1, name, list)).detach();
    }
    co_await juggle::yield();
    permit.release();
    co_await yield_times(10);
    CHECK(list == std::vector{0, 1, 2, 3, 4});
}

CO_TEST_CASE("who wants many is not overtaken by those who want few") {
    Semaphore semaphore{4};
    std::vector<int> list;
    SemaphorePermit first = co_await semaphore.acquire(2);
    SemaphorePermit second = co_await semaphore.acquire(1);
    executor.spawn(pass(semaphore, 3, 1, list)).detach();
    executor.spawn(pass(semaphore, 1, 2, list)).detach();
    co_await yield_times(5);
    CHECK(semaphore.available() == 1);
    CHECK(list.empty());
    CHECK_FALSE(semaphore.try_acquire(1).has_value());

    second.release();
    co_await yield_times(5);
    CHECK(semaphore.available() == 2);
    CHECK(list.empty());

    first.release();
    co_await yield_times(5);
    CHECK(list == std::vector{1, 2});
    CHECK(semaphore.available() == 4);
}

CO_TEST_CASE("all for whom there is enough are served at once") {
    Semaphore semaphore{4};
    std::vector<int> list;
    SemaphorePermit permit = co_await semaphore.acquire(4);
    std::vector<JoinHandle<SemaphorePermit>> waiting;
    for (const std::size_t count : {2U, 1U, 2U, 1U}) {
        waiting.push_back(executor.spawn(take(semaphore, count)));
    }
    co_await juggle::yield();
    permit.release();
    CHECK(semaphore.available() == 1);
    co_await yield_times(3);
    CHECK(waiting[0].done());
    CHECK(waiting[1].done());
    CHECK_FALSE(waiting[2].done());
    CHECK_FALSE(waiting[3].done());
    for (const JoinHandle<SemaphorePermit>& handle : waiting) {
        const SemaphorePermit taken = co_await handle;
        CHECK(taken);
    }
}

CO_TEST_CASE("one that was woken has its permit, whoever asks before it resumes") {
    Semaphore semaphore{1};
    std::vector<int> list;
    SemaphorePermit permit = co_await semaphore.acquire();
    const JoinHandle<> waiting = executor.spawn(pass(semaphore, 1, 1, list));
    co_await juggle::yield();
    permit.release();
    CHECK_FALSE(semaphore.try_acquire().has_value());
    const SemaphorePermit again = co_await semaphore.acquire();
    CHECK(list == std::vector{1});
    co_await waiting;
}

// ---- try_acquire --------------------------------------------------------------------------------

CO_TEST_CASE("try_acquire takes what there is, or nothing") {
    Semaphore semaphore{3};
    std::optional<SemaphorePermit> two = semaphore.try_acquire(2);
    REQUIRE(two.has_value());
    CHECK(two->count() == 2);
    CHECK_FALSE(semaphore.try_acquire(2).has_value());
    CHECK(semaphore.available() == 1);
    two.reset();
    CHECK(semaphore.available() == 3);
    co_return;
}

TEST_CASE("a semaphore may be used without an executor, as long as nobody has to wait") {
    Semaphore semaphore{1};
    std::optional<SemaphorePermit> permit = semaphore.try_acquire();
    CHECK(permit.has_value());
    CHECK_FALSE(semaphore.try_acquire().has_value());
}

// ---- bad input ----------------------------------------------------------------------------------

TEST_CASE("a semaphore without permits is an invalid argument") {
    CHECK_THROWS_AS(Semaphore{0}, std::invalid_argument);
    CHECK_THROWS_WITH(Semaphore{0}, Catch::Contains("'permits' is 0"));
}

CO_TEST_CASE("no permits, or more than there are, are an invalid argument that says both numbers") {
    Semaphore semaphore{3};
    const SemaphorePermit held = co_await semaphore.acquire();
    for (const std::size_t count : {std::size_t{0}, std::size_t{4}, ~std::size_t{0}}) {
        const std::string says = "'count' is " + std::to_string(count);
        CHECK_THROWS_AS(semaphore.acquire(count), std::invalid_argument);
        CHECK_THROWS_AS(semaphore.try_acquire(count), std::invalid_argument);
        CHECK_THROWS_WITH(semaphore.acquire(count), Catch::Contains("Semaphore::acquire:") &&
                                                        Catch::Contains(says) &&
                                                        Catch::Contains("permits, 3"));
        CHECK_THROWS_WITH(semaphore.try_acquire(count),
                          Catch::Contains("Semaphore::try_acquire:") && Catch::Contains(says) &&
                              Catch::Contains("permits, 3"));
    }
    CHECK(semaphore.available() == 2);
}

// ---- cancellation -------------------------------------------------------------------------------

CO_TEST_CASE("one that is cancelled while it waits has taken nothing") {
    Semaphore semaphore{2};
    const SemaphorePermit permit = co_await semaphore.acquire(1);
    const JoinHandle<SemaphorePermit> waiting = executor.spawn(take(semaphore, 2));
    co_await juggle::yield();
    waiting.request_stop();
    const std::exception_ptr error = co_await exception_of(waiting);
    CHECK(is<Cancelled>(error));
    CHECK(semaphore.available() == 1);
}

CO_TEST_CASE("those behind one that is cancelled get what there is for them") {
    Semaphore semaphore{2};
    std::vector<int> list;
    const SemaphorePermit permit = co_await semaphore.acquire(1);
    const JoinHandle<> large = executor.spawn(pass(semaphore, 2, 1, list));
    const JoinHandle<> small = executor.spawn(pass(semaphore, 1, 2, list));
    co_await juggle::yield();
    large.request_stop();
    co_await small;
    CHECK(list == std::vector{2});
    const std::exception_ptr error = co_await exception_of(large);
    CHECK(is<Cancelled>(error));
}

CO_TEST_CASE("cancelling any one of those who wait for permits lets the others go on") {
    for (std::size_t cancelled = 0; cancelled < 4; ++cancelled) {
        Semaphore semaphore{1};
        std::vector<int> list;
        SemaphorePermit permit = co_await semaphore.acquire();
        std::vector<JoinHandle<>> waiting;
        for (int name = 0; name < 4; ++name) {
            waiting.push_back(executor.spawn(pass(semaphore, 1, name, list)));
        }
        co_await juggle::yield();
        waiting[cancelled].request_stop();
        permit.release();
        for (const JoinHandle<>& handle : waiting) {
            (void)co_await exception_of(handle);
        }
        CHECK(list.size() == 3);
        CHECK(std::ranges::is_sorted(list));
        CHECK(std::ranges::find(list, static_cast<int>(cancelled)) == list.end());
        CHECK(semaphore.available() == 1);
    }
}

CO_TEST_CASE("one that was woken and is then asked to stop resumes with its permit") {
    Semaphore semaphore{1};
    bool got_it = false;
    bool stopped_later = false;
    const auto body = [&]() -> Task<> {
        const SemaphorePermit permit = co_await semaphore.acquire();
        got_it = permit.count() == 1;
        try {
            co_await juggle::yield();
        } catch (const Cancelled&) {
            stopped_later = true;
        }
    };
    SemaphorePermit permit = co_await semaphore.acquire();
    const JoinHandle<> waiting = executor.spawn(body());
    co_await juggle::yield();
    permit.release();
    waiting.request_stop();
    co_await waiting;
    CHECK(got_it);
    CHECK(stopped_later);
    CHECK(semaphore.available() == 1);
}

CO_TEST_CASE("a pending stop request does not keep anybody from a permit that is there") {
    Semaphore semaphore{1};
    bool got_it = false;
    bool waited = false;
    JoinHandle<> handle;
    const auto body = [&]() -> Task<> {
        handle.request_stop();  // of this task itself
        const SemaphorePermit permit = co_await semaphore.acquire();
        got_it = true;
        const SemaphorePermit another = co_await semaphore.acquire();
        waited = true;
    };
    handle = executor.spawn(body());
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(is<Cancelled>(error));
    CHECK(got_it);
    CHECK_FALSE(waited);
    CHECK(semaphore.available() == 1);
}

namespace {

/// Several tasks that take turns, some with more permits than others; one of them is stopped.
template <int stopped>
struct Crowd {
    explicit Crowd(Executor& executor) {
        for (int index = 0; index < 4; ++index) {
            JoinHandle<> handle = executor.spawn(work(index % 2 == 0 ? 1 : 2));
            (index == stopped ? victim : others[static_cast<std::size_t>(index)]) =
                std::move(handle);
        }
    }
    Task<> work(std::size_t count) {
        for (int round = 0; round < 3; ++round) {
            SemaphorePermit permit = co_await semaphore.acquire(count);
            inside += count;
            CHECK(inside <= 3);
            try {
                co_await juggle::yield();
            } catch (const Cancelled&) {}
            inside -= count;
            permit.release();
        }
        ++finished;
    }
    void check() const {
        CHECK(finished >= 3);
        CHECK(inside == 0);
        CHECK(semaphore.available() == 3);
    }

    Semaphore semaphore{3};
    std::size_t inside = 0;
    int finished = 0;
    JoinHandle<> victim;
    JoinHandle<> others[4];
};

}  // namespace

TEST_CASE("any one of a crowd may be stopped at every turn, and no permit is lost") {
    support::stop_after_every_turn<Crowd<0>>();
    support::stop_after_every_turn<Crowd<1>>();
    support::stop_after_every_turn<Crowd<3>>();
}

// ---- races --------------------------------------------------------------------------------------

CO_TEST_CASE("of tasks that race for two semaphores only one takes a permit") {
    for (const bool left_first : {false, true}) {
        Semaphore left{1};
        Semaphore right{1};
        SemaphorePermit left_held = co_await left.acquire();
        SemaphorePermit right_held = co_await right.acquire();
        support::FirstWins race;
        const JoinHandle<SemaphorePermit> a = executor.spawn(take(left));
        const JoinHandle<SemaphorePermit> b = executor.spawn(take(right));
        race.add(a);
        race.add(b);
        co_await juggle::yield();
        // Both in one turn, before anybody resumes.
        (left_first ? left_held : right_held).release();
        (left_first ? right_held : left_held).release();
        CHECK(left.available() == (left_first ? 0 : 1));
        CHECK(right.available() == (left_first ? 1 : 0));
        const std::exception_ptr error = co_await exception_of(left_first ? b : a);
        CHECK(is<Cancelled>(error));
        const SemaphorePermit won = co_await (left_first ? a : b);
        CHECK(won);
    }
}

CO_TEST_CASE(
    "tasks that race in one line: the first takes, the others leave, who is behind goes on") {
    Semaphore semaphore{3};
    std::vector<int> list;
    SemaphorePermit held = co_await semaphore.acquire(3);
    support::FirstWins race;
    const JoinHandle<SemaphorePermit> a = executor.spawn(take(semaphore));
    const JoinHandle<> outsider = executor.spawn(pass(semaphore, 1, 1, list));
    const JoinHandle<SemaphorePermit> b = executor.spawn(take(semaphore));
    const JoinHandle<SemaphorePermit> c = executor.spawn(take(semaphore, 2));
    const JoinHandle<> last = executor.spawn(pass(semaphore, 1, 2, list));
    race.add(a);
    race.add(b);
    race.add(c);
    co_await juggle::yield();
    held.release();
    CHECK(semaphore.available() == 0);
    co_await yield_times(3);
    CHECK(list == std::vector{1, 2});
    CHECK(race.won_by(a.id()));
    const std::exception_ptr error_b = co_await exception_of(b);
    const std::exception_ptr error_c = co_await exception_of(c);
    CHECK(is<Cancelled>(error_b));
    CHECK(is<Cancelled>(error_c));
    {
        const SemaphorePermit won = co_await a;
        CHECK(won);
        CHECK(semaphore.available() == 2);
    }
    co_await outsider;
    co_await last;
    CHECK(semaphore.available() == 3);
}

CO_TEST_CASE("one that has lost its race already is passed over, and its permit goes to the next") {
    Semaphore semaphore{1};
    std::vector<int> list;
    bool waits_again = false;
    const auto stubborn = [&]() -> Task<> {
        try {
            const SemaphorePermit permit = co_await semaphore.acquire();
        } catch (const Cancelled&) {
            waits_again = true;
        }
        const SemaphorePermit permit = co_await semaphore.acquire();
        list.push_back(0);
    };
    Semaphore other{1};
    SemaphorePermit other_held = co_await other.acquire();
    SemaphorePermit held = co_await semaphore.acquire();
    support::FirstWins race;
    const JoinHandle<> loser = executor.spawn(stubborn());
    const JoinHandle<SemaphorePermit> winner = executor.spawn(take(other));
    race.add(loser);
    race.add(winner);
    co_await juggle::yield();
    other_held.release();
    co_await yield_times(3);
    CHECK(waits_again);
    const JoinHandle<> next = executor.spawn(pass(semaphore, 1, 1, list));
    co_await juggle::yield();
    held.release();
    co_await next;
    const std::exception_ptr error = co_await exception_of(loser);
    CHECK(is<Cancelled>(error));
    CHECK(list == std::vector{1});
    CHECK(semaphore.available() == 1);
    const SemaphorePermit won = co_await winner;
    CHECK(won);
}

// ---- the end ------------------------------------------------------------------------------------

TEST_CASE("an executor may be destroyed while tasks hold permits and wait for some") {
    support::Reports reports;
    Semaphore outer{2};
    {
        auto executor = std::make_unique<Executor>(reports.options());
        const auto never = []() -> Task<> {
            juggle::AsyncEvent event;
            for (;;) {
                try {
                    co_await event.wait();
                } catch (const Cancelled&) {}
            }
        };
        const auto child = [&never](Semaphore& semaphore) -> Task<> {
            const SemaphorePermit permit = co_await semaphore.acquire();
            co_await never();
        };
        const auto stubborn = [](Semaphore& semaphore) -> Task<> {
            for (;;) {
                try {
                    const SemaphorePermit permit = co_await semaphore.acquire();
                } catch (const Cancelled&) {}
            }
        };
        const auto parent = [&]() -> Task<> {
            Semaphore inner{2};
            for (int index = 0; index < 3; ++index) {
                executor->spawn(child(inner)).detach();
                executor->spawn(child(outer)).detach();
            }
            executor->spawn(stubborn(inner)).detach();
            executor->spawn(stubborn(outer)).detach();
            co_await never();
        };
        const JoinHandle<> handle = executor->spawn(parent());
        for (int turn = 0; turn < 5; ++turn) {
            (void)executor->poll();
        }
        CHECK(outer.available() == 0);
        CHECK(executor->running_tasks() > 5);
        executor.reset();  // before the functions above, which its tasks use
    }
    CHECK(outer.available() == 2);
    CHECK(reports.empty());
}

TEST_CASE("one that was woken and never resumed gives its permit back") {
    support::Reports reports;
    Semaphore semaphore{1};
    std::optional<SemaphorePermit> held = semaphore.try_acquire();
    struct ReleasesLate {
        std::optional<SemaphorePermit>& permit;
        ~ReleasesLate() { permit.reset(); }
    };
    {
        auto executor = std::make_unique<Executor>(reports.options());
        const auto never = [&held]() -> Task<> {
            const ReleasesLate late{held};
            juggle::AsyncEvent event;
            for (;;) {
                try {
                    co_await event.wait();
                } catch (const Cancelled&) {}
            }
        };
        const auto stubborn = [&semaphore]() -> Task<> {
            for (;;) {
                try {
                    const SemaphorePermit permit = co_await semaphore.acquire();
                } catch (const Cancelled&) {}
            }
        };
        executor->spawn(stubborn()).detach();
        executor->spawn(never()).detach();
        (void)executor->poll();
        executor.reset();  // before the functions above, which its tasks use
    }
    CHECK_FALSE(held.has_value());
    CHECK(semaphore.available() == 1);
    CHECK(reports.empty());
}

TEST_CASE("a debug build aborts with a word about it when a semaphore dies before its permits") {
    support::check_aborts("Semaphore was destroyed while permits of it are out", [] {
        auto semaphore = std::make_unique<Semaphore>(2);
        const std::optional<SemaphorePermit> permit = semaphore->try_acquire();
        semaphore.reset();
    });
}

TEST_CASE("a debug build aborts with a word about it when a semaphore dies under a waiting task") {
    support::check_task_aborts(
        "Semaphore was destroyed while a task waits for it", [](Executor& executor) -> Task<> {
            auto semaphore = std::make_unique<Semaphore>(1);
            const SemaphorePermit permit = co_await semaphore->acquire();
            const JoinHandle<SemaphorePermit> waiting = executor.spawn(take(*semaphore));
            co_await juggle::yield();
            semaphore.reset();
        });
}

TEST_CASE("a debug build aborts with a word about it when two threads share a semaphore",
          "[threads]") {
    const std::pair<const char*, void (*)(Semaphore&, SemaphorePermit&)> calls[] = {
        {"Semaphore::try_acquire",
         [](Semaphore& semaphore, SemaphorePermit&) { (void)semaphore.try_acquire(); }},
        {"Semaphore::acquire",
         [](Semaphore& semaphore, SemaphorePermit&) {
             Executor other;
             (void)other.run(take(semaphore));
         }},
        {"SemaphorePermit::release", [](Semaphore&, SemaphorePermit& permit) { permit.release(); }},
        {"the assignment of a SemaphorePermit",
         [](Semaphore&, SemaphorePermit& permit) { permit = SemaphorePermit{}; }},
        {"the end of a SemaphorePermit",
         [](Semaphore&, SemaphorePermit& permit) {
             const SemaphorePermit dropped = std::move(permit);
         }},
    };
    for (const auto& [function, call] : calls) {
        INFO(function);
        support::check_aborts(
            "juggle: semaphore 'cores' was used from two threads, on the second by " +
                std::string{function} + "; other threads use a juggle::Poster\n",
            [use = call] {
                Semaphore semaphore{"cores", 2};
                std::optional<SemaphorePermit> permit = semaphore.try_acquire();
                std::thread{[&] { use(semaphore, *permit); }}.join();
            });
    }
}

TEST_CASE("in a release build a permit may be dropped, and waited for, after its semaphore") {
    if (juggle::detail::has_checks) {
        return;
    }
    support::TestExecutor test;
    const auto main = [&test]() -> Task<> {
        auto semaphore = std::make_unique<Semaphore>(1);
        SemaphorePermit permit = co_await semaphore->acquire();
        const JoinHandle<SemaphorePermit> waiting = test.executor.spawn(take(*semaphore));
        co_await juggle::yield();
        semaphore.reset();
        permit.release();
        const SemaphorePermit other = co_await waiting;
        CHECK(other);
    };
    test.executor.run(main());
}

// ---- allocations --------------------------------------------------------------------------------

CO_TEST_CASE("taking permits, with and without waiting, allocates nothing in the steady state") {
    Semaphore semaphore{2};
    const auto work = [&semaphore](std::size_t count) -> Task<> {
        const SemaphorePermit permit = co_await semaphore.acquire(count);
        co_await juggle::yield();
    };
    const auto cycle = [&]() -> Task<> {
        const JoinHandle<> a = executor.spawn(work(1));
        const JoinHandle<> b = executor.spawn(work(2));
        const JoinHandle<> c = executor.spawn(work(1));
        co_await a;
        co_await b;
        co_await c;
        std::optional<SemaphorePermit> permit = semaphore.try_acquire(2);
        CHECK(permit.has_value());
    };
    const std::uint64_t allocations = co_await support::allocations_in_steady_state(cycle);
    CHECK(allocations == 0);
}
