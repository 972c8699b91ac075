#pragma once

#include "support/cuda_device.hpp"

#include <juggle/cancelled.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace support {

namespace jcu = juggle::cuda;

/// Copies to memory of the host behind a gate, in a stream of its own.
class GatedCopy {
public:
    static constexpr std::size_t length = 64;
    static constexpr int content = 7;

    explicit GatedCopy(CudaDevice& device) : stream{device.stream()}, source_{bytes} {}

    void enqueue(jcu::PinnedBuffer<int>& to) {
        check_cu(cuMemsetD32Async(source_.address, content, length, stream), "cuMemsetD32Async");
        gate_.emplace(stream);
        check_cu(cuMemcpyDtoHAsync(to.data(), source_.address, bytes, stream), "cuMemcpyDtoHAsync");
        check_cu(cuLaunchHostFunc(stream, &GatedCopy::note, &has_ended_), "cuLaunchHostFunc");
    }

    void open() const {
        if (gate_) {
            gate_->open();
        }
    }
    /// Nothing comes of it any more.
    [[nodiscard]] bool has_ended() const {
        return has_ended_.load() || juggle_cuda_simulation_pending(stream) <= 0;
    }

    CUstream stream;

private:
    static constexpr std::size_t bytes = length * sizeof(int);

    static void CUDA_CB note(void* flag) { static_cast<std::atomic<bool>*>(flag)->store(true); }
    /// It stays, as what a gate waits for does.
    static std::atomic<bool>& new_flag() {
        static auto& flags = *new std::deque<std::atomic<bool>>;
        return flags.emplace_back(false);
    }

    DeviceBuffer source_;
    std::atomic<bool>& has_ended_ = new_flag();
    std::optional<Gate> gate_;
};

/// Memory that a copy writes to, which says whether it went before the copy has ended.
class Watched {
public:
    Watched(std::shared_ptr<const GatedCopy> copy, std::atomic<int>& gone_too_early)
        : numbers{GatedCopy::length}, copy_{std::move(copy)}, gone_too_early_{&gone_too_early} {}
    Watched(Watched&&) noexcept = default;
    Watched& operator=(Watched&&) = delete;
    ~Watched() {
        if (!numbers.empty() && !copy_->has_ended()) {
            ++*gone_too_early_;
        }
    }

    jcu::PinnedBuffer<int> numbers;

private:
    std::shared_ptr<const GatedCopy> copy_;
    std::atomic<int>* gone_too_early_;
};

/// Uses all of the bridge, on a thread that need not have a context.
class Program {
public:
    /// For the thread whose current context is the device's; also where it throws, nothing is left.
    Program(CudaDevice& device, std::atomic<int>& gone_too_early)
        : awaited_{std::make_shared<GatedCopy>(device)},
          dropped_{std::make_shared<GatedCopy>(device)}, waiting_{device.stream()},
          memory_{Watched{awaited_, gone_too_early}},
          to_drop_{std::in_place, Watched{dropped_, gone_too_early}} {
        auto ticket = memory_.acquire();
        auto other = to_drop_->acquire();
        if (!ticket.try_wait() || !other.try_wait()) {
            throw std::logic_error{"somebody else has the memory"};
        }
        awaited_->enqueue(ticket->numbers);
        dropped_->enqueue(other->numbers);
        ticket.ready();
        other.ready();
    }

    /// Nothing came to what it should not.
    [[nodiscard]] bool is_right() const { return *wrong_ == 0; }
    /// All that it is to do was done.
    [[nodiscard]] bool is_done() const { return *done_ == steps; }

    juggle::Task<> run() {
        co_await wait_in_all_ways();
        co_await drop_while_it_is_copied_to();
    }

private:
    using Memory = jcu::Resource<Watched>;
    static constexpr int steps = 7;

    /// Opens gates when a scope ends, however it does.
    struct Opens {
        explicit Opens(std::shared_ptr<const GatedCopy> closed) : copy{std::move(closed)} {}
        Opens(const Opens&) = delete;
        Opens& operator=(const Opens&) = delete;
        ~Opens() { copy->open(); }
        std::shared_ptr<const GatedCopy> copy;
    };

    juggle::Task<> wait_in_all_ways() {
        juggle::Executor& executor = *juggle::Executor::current();
        const jcu::Event copied = jcu::record(awaited_->stream);
        jcu::wait_on(waiting_, copied);
        std::vector<int> plain(1);
        const jcu::FinishAtEnd work_ends{waiting_, plain};
        const Opens opens{awaited_};
        auto writer = memory_.acquire();
        co_await writer.wait_events();
        writer.ready(copied);
        auto behind = memory_.acquire();
        co_await behind.wait_device(waiting_);
        const jcu::Event last = jcu::record(waiting_);
        behind.ready(last);
        const auto on_host = executor.spawn(look(memory_.acquire(), done_, wrong_));
        const auto stopped = executor.spawn(await_event(last));
        co_await a_few_turns();
        stopped.request_stop();
        const int cancelled = co_await is_cancelled(stopped);
        *done_ += cancelled;
        executor.spawn(open_later(awaited_)).detach();
        co_await last;
        ++*done_;
        co_await jcu::finish(waiting_);
        ++*done_;
        // Behind the gate: where it is refused it waits for the stream.
        auto enqueues = memory_.acquire();
        co_await jcu::enqueue(waiting_, enqueues, [] { return CUDA_SUCCESS; });
        ++*done_;
        enqueues.ready();
        co_await on_host;
        ++*done_;
    }

    juggle::Task<> drop_while_it_is_copied_to() {
        {
            auto ticket = to_drop_->acquire();
            co_await ticket.wait_events();
            ticket.ready(jcu::record(dropped_->stream));
        }
        const std::jthread opener{[this](const std::stop_token& stop) {
            while (!stop.stop_requested() && CudaDevice::calls("cuEventSynchronize") == 0) {
                std::this_thread::yield();
            }
            dropped_->open();
        }};
        to_drop_.reset();
        ++*done_;
    }

    static juggle::Task<> look(Memory::Allocation ticket, std::shared_ptr<int> done,
                               std::shared_ptr<std::ptrdiff_t> wrong) {
        const Watched& watched = co_await ticket.wait_events();
        *wrong += std::ranges::count_if(watched.numbers,
                                        [](int number) { return number != GatedCopy::content; });
        ++*done;
        ticket.ready();
    }

    static juggle::Task<int> is_cancelled(const juggle::JoinHandle<>& task) {
        try {
            co_await task;
        } catch (const juggle::Cancelled&) {
            co_return 1;
        }
        co_return 0;
    }

    static juggle::Task<> open_later(std::shared_ptr<const GatedCopy> copy) {
        const Opens opens{std::move(copy)};  // if there is no memory for turns, too
        co_await a_few_turns();
    }

    std::shared_ptr<GatedCopy> awaited_;
    std::shared_ptr<GatedCopy> dropped_;
    CUstream waiting_;
    Memory memory_;
    std::optional<Memory> to_drop_;
    // Shared with tasks that nobody waits for any more.
    std::shared_ptr<int> done_ = std::make_shared<int>(0);
    std::shared_ptr<std::ptrdiff_t> wrong_ = std::make_shared<std::ptrdiff_t>(0);
    // What could not be recorded ends before the memory goes, too, and gates open before that.
    jcu::FinishAtEnd<Memory> awaited_ends_{awaited_->stream, memory_};
    jcu::FinishAtEnd<std::optional<Memory>> dropped_ends_{dropped_->stream, to_drop_};
    Opens awaited_opens_{awaited_};
    Opens dropped_opens_{dropped_};
};

}  // namespace support
