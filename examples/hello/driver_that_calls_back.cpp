// A driver that calls back on a thread of its own, and not always: an event is a flag and a name.
#include <juggle/bridge/event_monitor.hpp>
#include <juggle/bridge/service.hpp>
#include <juggle/bridge/waiter.hpp>
#include <juggle/juggle.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>

// [driver]
struct Command {
    std::string name;
    std::atomic<bool> ended{false};
    std::atomic<void (*)(void*)> callback{nullptr};  // as the driver's function takes it
    void* argument = nullptr;
};
// [/driver]

// [monitor]
/// One for each executor.
class Monitor final : public juggle::bridge::EventMonitor {
public:
    explicit Monitor(juggle::Executor& executor)
        : EventMonitor{
              executor,
              {.first = std::chrono::milliseconds{5}, .longest = std::chrono::milliseconds{50}}} {}
    ~Monitor() override { (void)drain(std::chrono::seconds{2}); }

private:
    void retain(void*) noexcept override {}  // these commands live until the program ends
    void release(void*) noexcept override {}
    [[nodiscard]] bool request_callback(void* event, void* ticket) noexcept override {
        auto& command = *static_cast<Command*>(event);
        command.argument = ticket;
        command.callback = [](void* argument) { called_back(argument); };
        return true;
    }
    [[nodiscard]] std::optional<int> ask(void* event, unsigned&) noexcept override {
        return static_cast<Command*>(event)->ended ? std::optional{0} : std::nullopt;
    }
};
// [/monitor]

// [await]
/// `co_await Ended{command}`.
class Ended final : public juggle::bridge::Waiter, private juggle::bridge::EventMonitor::Listener {
public:
    explicit Ended(Command& command) noexcept : Listener{&Ended::settled}, command_{command} {}
    [[nodiscard]] bool await_ready() const noexcept { return command_.ended; }
    void await_resume() const { throw_if_stopped(); }

private:
    static void settled(Listener& listener, int) noexcept {
        static_cast<Ended&>(listener).complete();
    }
    void start() override {
        monitor_ = &juggle::bridge::service<Monitor>(executor());
        watched_ = &monitor_->watch(&command_, *this);
    }
    void cancel() noexcept override {
        monitor_->abandon(*watched_);
        give_up();
    }
    [[nodiscard]] std::string describe() const override { return "command " + command_.name; }

    Command& command_;
    Monitor* monitor_ = nullptr;
    juggle::bridge::EventMonitor::Entry* watched_ = nullptr;
};
// [/await]

juggle::Task<> program(Command& copy, Command& kernel) {
    co_await Ended{copy};
    std::printf("%s has ended\n", copy.name.c_str());
    co_await Ended{kernel};  // of this one the driver does not tell
    std::printf("%s has ended\n", kernel.name.c_str());
}

int main() {
    Command copy{"copy"};
    Command kernel{"kernel"};
    std::thread driver{[&] {
        while (copy.callback == nullptr) {
            std::this_thread::yield();
        }
        copy.ended = true;
        copy.callback.load()(copy.argument);
        kernel.ended = true;
    }};
    juggle::Executor{}.run(program(copy, kernel));
    driver.join();
}

// prints:
// copy has ended
// kernel has ended
