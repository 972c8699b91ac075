// The entry of a watched event and its two owners: whatever the driver does, and whenever, the
// event settles once, a callback in time needs no sweep, and the entry goes back once.

#include "scenarios.hpp"

// With all of it, for the table of entries is nobody else's: it is put back for each execution.
#include "../../src/run/watched_event.cpp"
#include "support/catch.hpp"

#include <juggle/bridge/event_monitor.hpp>
#include <juggle/bridge/service.hpp>
#include <juggle/executor.hpp>
#include <juggle/manual_clock.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

using juggle::Executor;
using juggle::ExecutorOptions;
using juggle::ManualClock;
using juggle::TimePoint;
using juggle::bridge::EventMonitor;
using juggle::bridge::detail::WatchedEvent;
using juggle::bridge::detail::WatchedEventTable;

namespace {

constexpr int running = 1;
constexpr int complete = 0;

/// An event of a driver that does what a scenario tells it.
struct DriverEvent {
    std::atomic<int> status{running};
    std::atomic<int> references{1};
    void (*callback)(void*) noexcept = nullptr;
    void* ticket = nullptr;
    std::atomic<int> registered{0};

    void end() {
        status.store(complete, std::memory_order_release);
        status.notify_all();
    }
    void wait_until_complete() const { status.wait(running, std::memory_order_relaxed); }
    void call_back() {
        registered.wait(0, std::memory_order_acquire);
        callback(ticket);
    }
};

/// The bridge to that driver.
class DriverMonitor final : public EventMonitor {
public:
    static constexpr std::chrono::milliseconds longest_sweep{50};

    explicit DriverMonitor(Executor& executor)
        : EventMonitor{executor,
                       {.first = std::chrono::milliseconds{5}, .longest = longest_sweep}} {}
    ~DriverMonitor() override { (void)drain(std::chrono::nanoseconds{0}); }

private:
    static DriverEvent& to_event(void* event) noexcept { return *static_cast<DriverEvent*>(event); }

    void retain(void* event) noexcept override {
        to_event(event).references.fetch_add(1, std::memory_order_relaxed);
    }
    void release(void* event) noexcept override {
        to_event(event).references.fetch_sub(1, std::memory_order_relaxed);
    }
    bool request_callback(void* event, void* ticket) noexcept override {
        to_event(event).callback = &called_back;
        to_event(event).ticket = ticket;
        to_event(event).registered.store(1, std::memory_order_release);
        to_event(event).registered.notify_all();
        return true;
    }
    std::optional<int> ask(void* event, unsigned&) noexcept override {
        const int status = to_event(event).status.load(std::memory_order_acquire);
        return status == running ? std::nullopt : std::optional{status};
    }
};

class Listener final : public EventMonitor::Listener {
public:
    Listener() : EventMonitor::Listener{&Listener::note} {}
    int settled = 0;

private:
    static void note(EventMonitor::Listener& listener, int code) noexcept {
        model::require(code == complete, "an event settles with its code");
        auto& self = static_cast<Listener&>(listener);
        model::require(++self.settled == 1, "an event settles once");
    }
};

/// An executor that a loop of somebody else drives, and its time.
class Host {
public:
    Host() {
        model::local_to_thread(reinterpret_cast<void**>(&juggle::detail::current_loop));
        executor_.emplace(options());
    }

    void watch(DriverEvent& event, Listener& listener) { (void)monitor().watch(&event, listener); }

    /// Only a callback can help, for no time passes.
    void sleep_until_settled(const Listener& listener) {
        while (listener.settled == 0) {
            const int heard = rings_.load(std::memory_order_relaxed);
            (void)executor_->poll();
            const auto next = executor_->next_deadline();
            if (listener.settled == 0 && !(next && *next <= executor_->now())) {
                rings_.wait(heard, std::memory_order_relaxed);
            }
        }
    }

    void sweep() {
        clock_.advance(DriverMonitor::longest_sweep);
        (void)executor_->poll();
    }

    void end() { executor_.reset(); }

private:
    ExecutorOptions options() {
        ExecutorOptions result;
        result.clock = &clock_;
        result.on_diagnostic = [](std::string_view) {};
        result.wake_up = [this] {
            rings_.fetch_add(1, std::memory_order_relaxed);
            rings_.notify_one();
        };
        return result;
    }
    EventMonitor& monitor() { return juggle::bridge::service<DriverMonitor>(*executor_); }

    ManualClock clock_{false};
    std::atomic<int> rings_{0};
    std::optional<Executor> executor_;
};

using Entries = std::set<const WatchedEvent*>;

/// Those that are handed out next: last in, first out.
Entries next_entries(std::size_t count) {
    Entries result;
    for (std::size_t index = 0; index < count; ++index) {
        result.insert(&WatchedEvent::obtain());
    }
    return result;
}

constexpr std::size_t entry_count = 3;
Entries first_entries;

/// As many are there as were, each once.
void require_entries_back() {
    model::require(next_entries(entry_count - 1).size() == entry_count - 1,
                   "no entry is put back twice");
    for (const WatchedEvent* entry : next_entries(1)) {
        model::require(first_entries.contains(entry), "each entry is put back");
    }
}

/// Makes the first entries, and has them back at the start of each execution.
void prepare_table() {
    if (!first_entries.empty()) {
        return;
    }
    std::vector<WatchedEvent*> entries(entry_count);
    for (WatchedEvent*& entry : entries) {
        entry = &WatchedEvent::obtain();
        first_entries.insert(entry);
    }
    for (std::size_t index = entry_count; index-- > 0;) {
        WatchedEventTable::instance().give_back(*entries[index]);
    }
    for (WatchedEvent* entry : entries) {
        model::keep(entry, sizeof *entry);
    }
    model::keep(&WatchedEventTable::instance(), sizeof(WatchedEventTable));
}

struct Driver {
    int callbacks;       // each from a thread of its own
    bool early = false;  // the first comes before the command has ended
};

struct Loop {
    int sweeps;
    bool sleeps;           // until a callback has come
    bool watches = false;  // while the driver is at work already, not before
};

model::Scenario one_event(const std::string& name, Driver driver, Loop loop,
                          model::Size size = {}) {
    return {"event, " + name,
            [=] {
                DriverEvent event;
                Listener listener;
                Host host;
                if (!loop.watches) {
                    host.watch(event, listener);
                }
                for (int number = 0; number < driver.callbacks; ++number) {
                    model::thread("driver", [&, number] {
                        if (number == 0 && driver.early) {
                            event.call_back();
                            event.end();
                        } else {
                            if (number == 0) {
                                event.end();
                            } else {
                                event.wait_until_complete();
                            }
                            event.call_back();
                        }
                    });
                }
                model::thread("loop", [&] {
                    if (loop.watches) {
                        host.watch(event, listener);
                    }
                    for (int sweep = 0; sweep < loop.sweeps; ++sweep) {
                        host.sweep();
                    }
                    if (loop.sleeps) {
                        host.sleep_until_settled(listener);
                    }
                    host.end();
                });
                model::join();
                model::require(event.references.load() == 1, "the event is released");
                require_entries_back();
            },
            size};
}

/// The callback of an event comes when the entry watches the next event already.
model::Scenario late_after_reuse() {
    return {"event, a callback that comes during the next use of the entry", [] {
                DriverEvent first;
                DriverEvent second;
                Listener first_listener;
                Listener second_listener;
                Host host;
                host.watch(first, first_listener);
                first.end();
                model::thread("late", [&] {
                    second.registered.wait(0, std::memory_order_acquire);
                    first.call_back();
                });
                model::thread("loop", [&] {
                    host.sweep();
                    model::require(first_listener.settled == 1, "the sweep sees the first event");
                    host.watch(second, second_listener);
                    host.sleep_until_settled(second_listener);
                    host.end();
                });
                model::thread("in time", [&] {
                    second.registered.wait(0, std::memory_order_acquire);
                    second.end();
                    second.call_back();
                });
                model::join();
                model::require(first.references.load() == 1, "the first event is released");
                model::require(second.references.load() == 1, "the second event is released");
                require_entries_back();
            }};
}

std::vector<model::Scenario> scenarios() {
    prepare_table();
    const model::Size all{true, 1, 1};
    const model::Size more{false, 1, 1};
    const model::Size large{false, 0, 0};
    return {one_event("a callback in time", {1}, {0, true}),
            one_event("a callback while it is registered", {1}, {0, true, true}),
            one_event("a callback and a sweep", {1}, {1, false}, all),
            one_event("two sweeps and no callback", {0}, {2, false}, all),
            one_event("a callback and the executor's end", {1}, {0, false}, all),
            one_event("two callbacks", {2}, {0, true}),
            one_event("two callbacks and a sweep", {2}, {1, false}, large),
            one_event("a callback too early, a sweep", {1, true}, {1, false}, all),
            one_event("a callback in time, more", {1}, {0, true}, more),
            one_event("a callback while it is registered, more", {1}, {0, true, true}, more),
            late_after_reuse()};
}

}  // namespace

TEST_CASE("event: no interleaving settles it twice, misses a callback, or loses the entry") {
    model::check_all(scenarios());
}

TEST_CASE("event: each memory order is needed") {
    using model::Weakening;
    const std::string driver =
        "the scenarios' driver synchronises when it hands the ticket on; a real one might not";
    const std::string table = "the table is made before the scenarios start";
    model::check_orders(
        "run/watched_event.cpp", scenarios(),
        {{"word_.store({use.number, State::armed}", Weakening::no_release, driver},
         {"if (!entry.word_.compare_exchange_strong", Weakening::no_acquire, driver},
         {"if (!entry.word_.compare_exchange_strong", Weakening::no_release,
          "the callback has written nothing that the executor reads"},
         {"word_.store({(use.number + 1) & ticket_mask, State::idle}", Weakening::no_release,
          "the mutex of the table hands the entry on"},
         {"static Immortal immortal", Weakening::no_acquire, table},
         {"blocks_[number / block_size].load", Weakening::no_acquire, table}});
}
