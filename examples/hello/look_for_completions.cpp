// A device sets flags in memory and tells nobody: somebody has to look, and nobody else need know.
#include <juggle/bridge/poller.hpp>
#include <juggle/bridge/report.hpp>
#include <juggle/bridge/service.hpp>
#include <juggle/bridge/waiter.hpp>
#include <juggle/juggle.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

class Flag;

class Flags final : public juggle::bridge::Poller {
public:
    explicit Flags(juggle::Executor& executor) : Poller{executor} {}
    [[nodiscard]] std::optional<juggle::TimePoint> poll() noexcept override;

    std::vector<Flag*> waiting;
};

class Flag final : public juggle::bridge::Waiter {
public:
    explicit Flag(const std::atomic<int>& bits) noexcept : bits_{bits} {}
    [[nodiscard]] bool await_ready() const noexcept { return bits_ != 0; }
    int await_resume() const {
        throw_if_stopped();
        if (bits_ > 1) {
            juggle::bridge::report("device: a completion was lost");
        }
        return bits_;
    }

private:
    void start() override {
        flags_ = &juggle::bridge::service<Flags>(executor());
        flags_->waiting.push_back(this);
    }
    void cancel() noexcept override {
        std::erase(flags_->waiting, this);
        give_up();
    }
    std::string describe() const override { return "a flag of the device"; }

    const std::atomic<int>& bits_;
    Flags* flags_ = nullptr;
};

std::optional<juggle::TimePoint> Flags::poll() noexcept {
    std::erase_if(waiting, [](Flag* flag) {
        const bool is_set = flag->await_ready();
        if (is_set) {
            flag->complete();
        }
        return is_set;
    });
    if (waiting.empty()) {
        return std::nullopt;  // nothing is outstanding
    }
    return executor().now() + std::chrono::microseconds{50};  // look again then
}

juggle::Task<> program(const std::atomic<int>& bits) { std::printf("%d\n", co_await Flag{bits}); }

int main() {
    std::atomic<int> bits{0};
    std::thread device{[&] { bits = 2; }};
    juggle::Executor executor{{.on_diagnostic = [](std::string_view line) {
        std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
    }}};
    executor.run(program(bits));
    device.join();
}

// prints:
// device: a completion was lost
// 2
