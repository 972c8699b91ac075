// bridge::EventMonitor, over a driver of the test's own. What threads may do to an entry, and when,
// is tests/model/watched_event.cpp.

#include "support/test_executor.hpp"

#include <juggle/bridge/event_monitor.hpp>
#include <juggle/bridge/service.hpp>
#include <juggle/executor.hpp>
#include <juggle/manual_clock.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

using juggle::Executor;
using juggle::ManualClock;
using juggle::TimePoint;
using juggle::bridge::EventMonitor;
using std::chrono::milliseconds;

namespace {

struct Event {
    std::optional<int> code;
    int references = 0;
    int asked = 0;
    int flushed = 0;
    unsigned refusals = 0;
    bool has_ticket = false;  // which may be null
    void* ticket = nullptr;
};

class Monitor final : public EventMonitor {
public:
    explicit Monitor(Executor& executor)
        : EventMonitor{executor, {.first = milliseconds{10}, .longest = milliseconds{40}}} {}
    ~Monitor() override { (void)drain(milliseconds{0}); }

    using EventMonitor::called_back;
    using EventMonitor::drain;
    using EventMonitor::look_at_all_soon;
    using EventMonitor::set_pace;
    bool refuses_callbacks = false;

private:
    static Event& to_event(void* event) noexcept { return *static_cast<Event*>(event); }
    void retain(void* event) noexcept override { ++to_event(event).references; }
    void release(void* event) noexcept override { --to_event(event).references; }
    bool request_callback(void* event, void* ticket) noexcept override {
        to_event(event).has_ticket = true;
        to_event(event).ticket = ticket;
        return !refuses_callbacks;
    }
    std::optional<int> ask(void* event, unsigned& refusals) noexcept override {
        ++to_event(event).asked;
        to_event(event).refusals = ++refusals;
        return to_event(event).code;
    }
    void flush(void* event) noexcept override { ++to_event(event).flushed; }
};

class Listener final : public EventMonitor::Listener {
public:
    Listener() : EventMonitor::Listener{&Listener::note} {}
    std::vector<int> codes;

private:
    static void note(EventMonitor::Listener& listener, int code) noexcept {
        static_cast<Listener&>(listener).codes.push_back(code);
    }
};

struct Loop {
    ManualClock clock{false};
    std::optional<Executor> executor;
    Loop() {
        executor.emplace(juggle::ExecutorOptions{.wake_up = [] {}, .clock = &clock});
    }
    [[nodiscard]] Monitor& monitor() { return juggle::bridge::service<Monitor>(*executor); }
    void turn(milliseconds later = milliseconds{0}) {
        clock.advance(later);
        (void)executor->poll();
    }
};

}  // namespace

TEST_CASE("EventMonitor: a callback lets it ask, and only the answer counts") {
    Loop loop;
    Event event;
    Listener listener;
    (void)loop.monitor().watch(&event, listener);
    CHECK(event.references == 1);
    REQUIRE(event.has_ticket);

    Monitor::called_back(event.ticket);  // too early
    loop.turn();
    CHECK(event.asked == 1);
    CHECK(listener.codes.empty());

    event.code = 7;
    Monitor::called_back(event.ticket);  // a second time: this ticket has had its turn
    loop.turn();
    CHECK(listener.codes.empty());
    loop.turn(milliseconds{10});
    CHECK(listener.codes == std::vector{7});
    CHECK(event.references == 0);
    Monitor::called_back(event.ticket);
    loop.turn();
    CHECK(listener.codes == std::vector{7});
}

TEST_CASE("EventMonitor: an event whose driver calls at the right time is asked about once") {
    Loop loop;
    Event event;
    Listener listener;
    (void)loop.monitor().watch(&event, listener);
    event.code = -3;
    Monitor::called_back(event.ticket);
    loop.turn();
    CHECK(listener.codes == std::vector{-3});
    CHECK(event.asked == 1);
    CHECK(event.flushed == 0);
}

TEST_CASE("EventMonitor: the sweep looks less and less often, and its bridge counts refusals") {
    Loop loop;
    loop.monitor().refuses_callbacks = true;
    Event event;
    Listener listener;
    (void)loop.monitor().watch(&event, listener);
    std::vector<int> looks_after;  // milliseconds
    for (int time = 1; time <= 160; ++time) {
        const int before = event.asked;
        loop.turn(milliseconds{1});
        if (event.asked != before) {
            looks_after.push_back(time);
        }
    }
    CHECK(looks_after == std::vector{10, 30, 70, 110, 150});
    CHECK(event.flushed == 5);
    CHECK(event.refusals == 5);
    event.code = 0;
    loop.turn(milliseconds{40});
    CHECK(listener.codes == std::vector{0});
}

TEST_CASE("EventMonitor: asks about some at each turn if it is told to, all in turn") {
    Loop loop;
    loop.monitor().set_pace({.first = milliseconds{10},
                             .longest = milliseconds{40},
                             .at_each_turn = 2,
                             .calls_back = false});
    std::deque<Event> events(5);
    Listener listener;
    for (Event& event : events) {
        (void)loop.monitor().watch(&event, listener);
        CHECK_FALSE(event.has_ticket);
    }
    for (int turn = 0; turn < 5; ++turn) {
        loop.turn();
    }
    for (const Event& event : events) {
        CHECK(event.asked == 2);
    }
    for (Event& event : events) {
        event.code = 0;
    }
    for (int turn = 0; turn < 3; ++turn) {
        loop.turn();
    }
    CHECK(listener.codes.size() == events.size());
}

TEST_CASE("EventMonitor: looks at all at the next turn if something has likely settled all") {
    Loop loop;
    std::deque<Event> events(3);
    Listener listener;
    for (Event& event : events) {
        (void)loop.monitor().watch(&event, listener);
        event.code = -1;
    }
    loop.turn();
    CHECK(listener.codes.empty());
    loop.monitor().look_at_all_soon();
    loop.turn();
    CHECK(listener.codes == std::vector{-1, -1, -1});
}

TEST_CASE("EventMonitor: an abandoned event is kept until it settles, and keeps nobody awake") {
    Loop loop;
    Event event;
    Listener listener;
    loop.monitor().abandon(loop.monitor().watch(&event, listener));
    CHECK(event.references == 1);
    loop.turn();
    CHECK_FALSE(loop.executor->next_deadline().has_value());
    event.code = 0;
    loop.turn(milliseconds{10});
    CHECK(event.references == 0);
    CHECK(listener.codes.empty());
}

TEST_CASE(
    "EventMonitor: what is left when the executor ends is let go of, and late calls find it") {
    Loop loop;
    Event settled;
    Event left;
    Listener listener;
    loop.monitor().abandon(loop.monitor().watch(&settled, listener));
    loop.monitor().abandon(loop.monitor().watch(&left, listener));
    settled.code = 0;
    CHECK_FALSE(loop.monitor().drain(milliseconds{0}));
    CHECK(settled.references == 0);
    CHECK(left.references == 0);
    CHECK(left.flushed == 1);
    CHECK(loop.monitor().drain(milliseconds{0}));

    Event another;
    (void)loop.monitor().watch(&another, listener);
    loop.executor.reset();
    CHECK(another.references == 0);
    Monitor::called_back(left.ticket);
    Monitor::called_back(another.ticket);
    CHECK(listener.codes.empty());
}
