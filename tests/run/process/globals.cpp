// What is left when the program ends: executors and what they use are static variables, whose
// destructors come in the opposite order of their constructors.

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/programs.hpp"
#include "support/test_executor.hpp"
#include "support/torture.hpp"

#include <juggle/juggle.hpp>
#include <juggle/timeline.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <stop_token>
#include <string>
#include <utility>

using juggle::Executor;
using juggle::Task;
using namespace std::chrono_literals;

namespace {

/// Ends the process with a word if something is not as it should be: destructors throw nothing, and
/// test cases do not live on in a child.
void require(bool holds, const std::string& what) {
    if (!holds) {
        std::fprintf(stderr, "%s\n", what.c_str());
        std::fflush(stderr);
        std::_Exit(1);
    }
}

/// A World and its executor, static variables of the child process.
class LastingWorld {
public:
    explicit LastingWorld(juggle::ExecutorOptions options) { make_executor(std::move(options)); }
    LastingWorld(const LastingWorld&) = delete;
    LastingWorld& operator=(const LastingWorld&) = delete;
    ~LastingWorld() {
        executor().~Executor();
        make_executor({});  // the world asks it for tasks
        world_.complete_events();
        const std::string lost = world_.what_is_lost();
        require(lost.empty(), "lost: " + lost);
        world_.restore();
        executor().~Executor();
    }

    Executor& executor() { return *std::launder(reinterpret_cast<Executor*>(executor_)); }
    support::World& world() { return world_; }

private:
    void make_executor(juggle::ExecutorOptions options) {
        ::new (static_cast<void*>(executor_)) Executor{std::move(options)};
    }

    alignas(Executor) std::byte executor_[sizeof(Executor)];
    support::World world_{reinterpret_cast<Executor&>(executor_)};
};

/// A small program is left after some turns, when the process ends.
void end_after(const support::Program& program, int turns, bool one_was_cancelled) {
    struct Told : support::Reports {
        ~Told() {
            for (const auto& report : unhandled) {
                require(support::is<juggle::Cancelled>(report.exception) ||
                            support::is<juggle::ResourcePoisoned>(report.exception),
                        "unhandled: " + support::text_of(report.exception));
            }
            require(diagnostics.empty(), "a diagnostic");
        }
    };
    static Told told;
    static juggle::ManualClock clock;
    static juggle::Timeline timeline;
    juggle::ExecutorOptions options = told.options(&clock);
    options.observer = &timeline;
    static LastingWorld lasting{std::move(options)};

    Executor& executor = lasting.executor();
    const auto wait = [](juggle::AsyncEvent& event) -> Task<> { co_await event; };
    if (one_was_cancelled) {  // the first of the process
        juggle::AsyncEvent never;
        const juggle::JoinHandle<> handle = executor.spawn(wait(never));
        (void)executor.poll();
        handle.request_stop();
        while (!handle.done()) {
            (void)executor.poll();
        }
    }
    executor.spawn(program.run(lasting.world())).detach();
    for (int turn = 0; turn < turns; ++turn) {
        (void)executor.poll();
        if (const auto due = executor.next_deadline(); due && *due > executor.now()) {
            clock.advance(*due - executor.now());
        }
    }
}

}  // namespace

TEST_CASE("tasks of a static executor that are left when the program ends lose nothing") {
    int number = 0;
    for (const support::Program& program : support::small_programs()) {
        const int step = support::whole_size() ? 1 : 3;
        for (int turns = number++ % step; turns < 12; turns += step) {
            const bool one_was_cancelled = (number + turns) % 2 == 0;
            INFO(program.name << " after " << turns << " turns");
            const support::ProcessEnd end = support::run_in_child([&] {
                end_after(program, turns, one_was_cancelled);
                std::exit(0);
            });
            CHECK(end.status == 0);
            CHECK(end.errors.empty());
            ++support::cases;
        }
    }
}

namespace {

juggle::Channel<std::string>& lines() {
    static juggle::Channel<std::string> channel{"lines", 4};
    return channel;
}
Executor& executor() {
    static Executor instance;
    return instance;
}
juggle::ThreadPool& pool() {
    static juggle::ThreadPool instance{1};
    return instance;
}
/// Counts how the waits of this process have ended; to be constructed first.
struct Tallies {
    int cancelled = 0;
    int wrong = 0;
    int expected = 0;
    ~Tallies() { require(cancelled == expected && wrong == 0, "a wait ended as it should not"); }
};
Tallies& tallies() {
    static Tallies instance;
    return instance;
}

template <class Wait>
Task<> wait_for(Wait wait) {
    try {
        co_await wait();
        ++tallies().wrong;
    } catch (const juggle::Cancelled&) {
        ++tallies().cancelled;
        throw;
    }
}

Task<> pop() { (void)co_await lines().pop(); }
Task<> pop_for_an_hour() { (void)co_await juggle::timeout(1h, lines().pop()); }
Task<> offload() {
    co_await juggle::offload(pool(), [](std::stop_token stop) {
        std::atomic<bool> requested{false};
        const std::stop_callback callback{stop, [&requested] {
                                              requested = true;
                                              requested.notify_all();
                                          }};
        requested.wait(false);
    });
}
Task<> offload_to_its_own() {
    co_await juggle::offload([] {});
    (void)co_await lines().pop();
}

/// Waits for one thing and another, as the process ends.
void leave_waiting(bool one_was_cancelled) {
    const auto ways_to_wait =
        std::to_array({&pop, &pop_for_an_hour, &offload, &offload_to_its_own});
    tallies().expected = static_cast<int>(ways_to_wait.size());
    if (one_was_cancelled) {
        ++tallies().expected;
        const juggle::JoinHandle<> first = executor().spawn(wait_for(&pop));
        (void)executor().poll();
        first.request_stop();
        while (!first.done()) {
            (void)executor().poll();
        }
    }
    for (const auto wait : ways_to_wait) {
        executor().spawn(wait_for(wait)).detach();
    }
    (void)executor().poll();
}

}  // namespace

TEST_CASE("static variables may be made in any order in which what is waited for comes first") {
    const auto make_all = [](std::size_t order) {
        (void)tallies();
        const auto make =
            std::to_array<void (*)()>({[] { (void)lines(); }, [] { (void)pool(); },
                                       [] { (void)juggle::SteadyClock::instance(); }});
        for (std::size_t index = 0; index < make.size(); ++index) {
            make[(index + order) % make.size()]();
        }
        (void)executor();
    };
    for (std::size_t order = 0; order < 3; ++order) {
        for (const bool one_was_cancelled : {false, true}) {
            const support::ProcessEnd end = support::run_in_child([&] {
                make_all(order);
                leave_waiting(one_was_cancelled);
                std::exit(0);
            });
            CHECK(end.status == 0);
            CHECK(end.errors.empty());
            ++support::cases;
        }
    }
}

TEST_CASE("what is static and made before anything of the library may use it to the end") {
    // Its executor is made by `main`, and so is all that the library makes for itself.
    struct Program {
        std::unique_ptr<Executor> executor;
        juggle::AsyncEvent never;
        int cancelled = 0;
        Task<> wait() {
            try {
                co_await juggle::timeout(1h, never);
            } catch (const juggle::Cancelled&) {
                ++cancelled;
                throw;
            }
        }
        ~Program() {
            const juggle::JoinHandle<> handle = executor->spawn(wait());
            (void)executor->poll();
            handle.request_stop();
            while (!handle.done()) {
                (void)executor->poll();
            }
            executor->spawn(wait()).detach();
            (void)executor->poll();
            executor.reset();
            require(cancelled == 4, "not all waits were cancelled");
            Executor other;
            const auto sleep = []() -> Task<> { co_await juggle::sleep_for(1ns); };
            other.run(sleep());
        }
    };
    const support::ProcessEnd end = support::run_in_child([] {
        static Program program;
        program.executor = std::make_unique<Executor>();
        const juggle::JoinHandle<> handle = program.executor->spawn(program.wait());
        (void)program.executor->poll();
        handle.request_stop();
        while (!handle.done()) {
            (void)program.executor->poll();
        }
        program.executor->spawn(program.wait()).detach();
        (void)program.executor->poll();
        std::exit(0);
    });
    CHECK(end.status == 0);
    CHECK(end.errors.empty());
}
