// What an executor's observer sees, and in which order. What a timeline makes of it:
// tests/timeline.

#include "support/catch.hpp"

#include <juggle/detail/resource/ticket_queue.hpp>
#include <juggle/juggle.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using juggle::Executor;
using juggle::Observer;
using juggle::Resource;
using juggle::Task;

namespace {

using Seen = std::vector<std::string>;

class Recording final : public Observer {
public:
    Seen seen;

    juggle::detail::SpawnedTask* task_resumed(juggle::detail::SpawnedTask* task) noexcept override {
        seen.push_back(task == nullptr ? "outside" : "task " + std::to_string(task->id().number));
        return std::exchange(running_, task);
    }
    void idle() noexcept override {
        running_ = nullptr;
        if (seen.empty() || seen.back() != "idle") {  // it may be called again
            seen.emplace_back("idle");
        }
    }
    void ticket_waits(const juggle::detail::Ticket& ticket) noexcept override {
        add("waits", ticket);
    }
    void ticket_held(const juggle::detail::Ticket& ticket) noexcept override {
        add("held", ticket);
    }
    void ticket_left(const juggle::detail::Ticket& ticket) noexcept override {
        add("left", ticket);
    }
    void level_changed(const juggle::detail::Label& of, std::uint64_t level,
                       std::uint64_t capacity) noexcept override {
        seen.push_back(of.text() + " " + std::to_string(level) + "/" + std::to_string(capacity));
    }
    void offload_ended(const juggle::detail::OffloadTimes&,
                       const juggle::detail::SpawnedTask& task) noexcept override {
        seen.push_back("offload of task " + std::to_string(task.id().number));
    }

    /// Without what was seen of tasks and of idleness.
    [[nodiscard]] Seen events() const {
        Seen result;
        for (const std::string& each : seen) {
            if (!each.starts_with("task") && each != "idle" && each != "outside") {
                result.push_back(each);
            }
        }
        return result;
    }

private:
    void add(const std::string& what, const juggle::detail::Ticket& ticket) {
        seen.push_back(ticket.queue().name() + " " + std::to_string(ticket.number()) + " " + what);
    }

    juggle::detail::SpawnedTask* running_ = nullptr;
};

Task<> yield_once() { co_await juggle::yield(); }

Task<> use(Resource<int>& resource) {
    auto ticket = resource.acquire();
    ++co_await ticket.wait_events();
    co_await juggle::yield();
    ticket.ready();
}

Task<> use_twice(Resource<int>& resource) {
    co_await juggle::when_all(use(resource), use(resource));
}

}  // namespace

TEST_CASE("an observer sees which task goes on, and that none does") {
    Recording observer;
    Executor executor{{.observer = &observer}};
    executor.run(yield_once());
    CHECK(observer.seen == Seen{"task 1", "task 1", "idle"});
}

TEST_CASE("after what runs on top of a task the observer sees that one again") {
    Recording observer;
    Executor executor{{.observer = &observer}};
    executor.run([]() -> Task<> { co_await juggle::when_all(yield_once(), yield_once()); }());
    const Seen start{observer.seen.begin(), observer.seen.begin() + 5};
    CHECK(start == Seen{"task 1", "task 2", "task 1", "task 3", "task 1"});
    CHECK(observer.seen.back() == "idle");
}

TEST_CASE("an observer sees tickets that are waited for, held and released, in that order") {
    Recording observer;
    Executor executor{{.observer = &observer}};
    Resource<int> resource{"r", 0};
    executor.run(use_twice(resource));
    CHECK(observer.events() ==
          Seen{"'r' 1 held", "'r' 2 waits", "'r' 1 left", "'r' 2 held", "'r' 2 left"});
}

TEST_CASE("an observer does not see a ticket that nobody takes up") {
    Recording observer;
    Executor executor{{.observer = &observer}};
    Resource<int> resource{"r", 0};
    executor.run([](Resource<int>& r) -> Task<> {
        { const auto dropped = r.acquire(); }
        co_await use(r);
    }(resource));
    CHECK(observer.events() == Seen{"'r' 2 held", "'r' 2 left"});
}

TEST_CASE("an observer sees how full a channel is, and work that other threads have done") {
    Recording observer;
    Executor executor{{.observer = &observer}};
    juggle::Channel<int> channel{"c", 2};
    executor.run([](juggle::Channel<int>& c) -> Task<> {
        co_await c.push(1);
        (void)co_await c.pop();
        co_await juggle::offload([] {});
    }(channel));
    CHECK(observer.events() == Seen{"'c' 1/2", "'c' 0/2", "offload of task 1"});
}

TEST_CASE("an observer that looks at nothing changes nothing") {
    class Blind final : public Observer {};
    Blind observer;
    observer.command("queue", "kernel", {}, {});
    Executor executor{{.observer = &observer}};
    Resource<int> resource{0};
    executor.run(use_twice(resource));
    CHECK(executor.running_tasks() == 0);
    int value = 0;
    executor.run([](Resource<int>& r, int& result) -> Task<> {
        auto ticket = r.acquire();
        result = co_await ticket.wait_events();
        ticket.ready();
    }(resource, value));
    CHECK(value == 2);
}
