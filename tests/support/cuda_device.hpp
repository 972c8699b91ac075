#pragma once

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/steady_state.hpp"
#include "support/test_executor.hpp"

#include <juggle/cuda.hpp>
#include <juggle/yield.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cuda_simulation/cuda_simulation_control.h>

namespace support {

inline void check_cu(CUresult code, const char* call) {
    if (code != CUDA_SUCCESS) {
        throw juggle::cuda::Error{code, call};
    }
}

/// The thread's; null if it has none.
inline CUcontext current_context() {
    CUcontext context = nullptr;
    check_cu(cuCtxGetCurrent(&context), "cuCtxGetCurrent");
    return context;
}

/// What a stream stops at until a test opens it: a host function that waits.
class Gate {
public:
    /// The stream's next command.
    explicit Gate(CUstream stream) : state_{&new_state()} {
        check_cu(cuLaunchHostFunc(stream, &Gate::wait, state_), "cuLaunchHostFunc");
        try {
            event = juggle::cuda::record(stream);
        } catch (...) {
            open();
            throw;
        }
    }
    Gate(Gate&& other) noexcept
        : event{std::move(other.event)}, state_{std::exchange(other.state_, nullptr)} {}
    ~Gate() {
        if (state_ != nullptr) {
            open();
        }
    }

    void open() const {
        state_->open = true;
        state_->open.notify_all();
    }
    [[nodiscard]] bool is_open() const { return state_->open; }

    /// Completes when it is open.
    juggle::cuda::Event event;

private:
    struct State {
        std::atomic<bool> open{false};
    };
    static void CUDA_CB wait(void* state) { static_cast<State*>(state)->open.wait(false); }
    /// It stays: who knows when the driver calls, and if. For the thread that runs the tests.
    static State& new_state() {
        static auto& states = *new std::deque<State>;
        return states.emplace_back();
    }

    State* state_;
};

/// Device memory.
class DeviceBuffer {
public:
    explicit DeviceBuffer(std::size_t bytes) {
        check_cu(cuMemAlloc(&address, bytes), "cuMemAlloc");
    }
    DeviceBuffer(DeviceBuffer&& other) noexcept : address{std::exchange(other.address, 0)} {}
    DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
        std::swap(address, other.address);
        return *this;
    }
    ~DeviceBuffer() {
        if (address != 0) {
            (void)cuMemFree(address);
        }
    }

    CUdeviceptr address = 0;
};

/// A context of the first device's, current on this thread, and as many streams as a test wants.
class CudaDevice {
public:
    CudaDevice() {
        check_cu(cuInit(0), "cuInit");
        CUdevice device = 0;
        check_cu(cuDeviceGet(&device, 0), "cuDeviceGet");
        check_cu(cuCtxCreate(&context, nullptr, 0, device), "cuCtxCreate");
    }
    CudaDevice(const CudaDevice&) = delete;
    CudaDevice& operator=(const CudaDevice&) = delete;
    ~CudaDevice() {
        rules("");
        for (CUstream stream : streams_) {
            (void)cuStreamDestroy(stream);
        }
        (void)cuCtxDestroy(context);
    }

    [[nodiscard]] CUstream stream(unsigned flags = CU_STREAM_NON_BLOCKING) {
        CUstream result = nullptr;
        check_cu(cuStreamCreate(&result, flags), "cuStreamCreate");
        streams_.push_back(result);
        return result;
    }
    /// The same, by the name that other bridges' tests have for it.
    [[nodiscard]] CUstream queue() { return stream(); }
    /// Before the others.
    void destroy(CUstream one) {
        std::erase(streams_, one);
        check_cu(cuStreamDestroy(one), "cuStreamDestroy");
    }
    [[nodiscard]] Gate gate() { return Gate{stream()}; }

    /// As by a kernel that went astray; on any thread.
    void fail(CUresult code = CUDA_ERROR_LAUNCH_FAILED) const {
        if (juggle_cuda_simulation_fail_context(context, code) != 0) {
            throw std::logic_error{"there is no such context"};
        }
    }

    /// Of the simulation's faults.
    static void rules(const std::string& text) {
        std::array<char, 256> message{};
        if (juggle_cuda_simulation_configure(text.c_str(), message.data(), message.size()) != 0) {
            throw std::invalid_argument{message.data()};
        }
    }
    static unsigned long calls(const char* pattern) {
        return juggle_cuda_simulation_calls(pattern);
    }

    CUcontext context = nullptr;

private:
    std::vector<CUstream> streams_;
};

/// While it lives, what the driver allocates in calls of this thread does not fail and is counted,
/// so that it can be told from the library's: with a sanitizer it is the test's operator new that
/// gives it. Other threads make no calls meanwhile, but for those of streams.
class DriverAllocations {
public:
    DriverAllocations() {
        count_ = 0;
        juggle_cuda_simulation_around_calls(&before, &after);
    }
    DriverAllocations(const DriverAllocations&) = delete;
    DriverAllocations& operator=(const DriverAllocations&) = delete;
    ~DriverAllocations() { juggle_cuda_simulation_around_calls(nullptr, nullptr); }

    /// How often this thread has allocated otherwise.
    [[nodiscard]] std::uint64_t others() const { return counter_.on_this_thread() - count_; }

private:
    static void before() {
        begun_ = allocations_on_this_thread();
        safe_.emplace();
    }
    static void after() {
        safe_.reset();
        count_ += allocations_on_this_thread() - begun_;
    }

    AllocationCounter counter_;
    inline static thread_local std::uint64_t count_ = 0;
    inline static thread_local std::uint64_t begun_ = 0;
    inline static thread_local std::optional<SafeAllocations> safe_;
};

/// Whether the bridge allocates nothing in some hundred cycles in a row. How many events are on
/// their way at once, of which each takes memory of its own, is for the driver's threads to say: it
/// may be one more once in a while, but not again and again.
template <class Cycle>
juggle::Task<bool> reaches_a_state_without_allocations(Cycle& cycle) {
    const DriverAllocations of_driver;
    const auto others = [&of_driver] { return of_driver.others(); };
    for (int attempt = 0; attempt < 10; ++attempt) {
        if (co_await allocations_in_steady_state(cycle, others) == 0) {
            co_return true;
        }
    }
    co_return false;
}

/// The code that an `Error` carries; `CUDA_SUCCESS` if it is no such error.
inline CUresult error_code(const std::exception_ptr& exception) {
    try {
        if (exception) {
            std::rethrow_exception(exception);
        }
    } catch (const juggle::cuda::Error& error) {
        return error.code();
    } catch (...) {}
    return CUDA_SUCCESS;
}

/// The exception of a function; null if it ends well.
template <class Function>
std::exception_ptr exception_by(Function function) {
    try {
        function();
    } catch (...) {
        return std::current_exception();
    }
    return nullptr;
}

/// Lets everything run that does not wait for a device.
inline juggle::Task<> a_few_turns() {
    for (int turn = 0; turn < 5; ++turn) {
        co_await juggle::yield();
    }
}

/// Awaits an event in a task of its own.
inline juggle::Task<> await_event(juggle::cuda::Event event) { co_await event; }

/// Each way to be woken, for tests that are about waiting.
constexpr std::array wakes{juggle::cuda::Wake::host_function, juggle::cuda::Wake::poll,
                           juggle::cuda::Wake::both};

/// Like `run_test_case`, with a device, and the real time: the driver does not know a fake one.
inline void run_cuda_test_case(juggle::Task<> (*test)(juggle::Executor&, CudaDevice&)) {
    for (const juggle::cuda::Wake wake : wakes) {
        INFO("wake " << static_cast<int>(wake));
        CudaDevice device;
        Reports reports;
        {
            juggle::Executor executor{reports.options()};
            juggle::cuda::set_event_options(executor, {.wake = wake});
            executor.run(test(executor, device));
        }
        for (const std::string& line : reports.diagnostics) {
            FAIL_CHECK(line);
        }
        CHECK(reports.unhandled.empty());
    }
}

}  // namespace support

/// A test case that is a task, with parameters `executor` and `device`; once for each way to be
/// woken.
#define CUDA_TEST_CASE(...) \
    SUPPORT_CUDA_TEST_CASE(INTERNAL_CATCH_UNIQUE_NAME(cuda_test_case), __VA_ARGS__)
#define SUPPORT_CUDA_TEST_CASE(function, ...)                                                \
    static juggle::Task<> function(juggle::Executor& executor, support::CudaDevice& device); \
    TEST_CASE(__VA_ARGS__) { support::run_cuda_test_case(&function); }                       \
    static juggle::Task<> function([[maybe_unused]] juggle::Executor& executor,              \
                                   [[maybe_unused]] support::CudaDevice& device)
