#pragma once

#include "cuda_simulation/cuda_simulation_control.h"
#include "support/catch.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <cuda.h>

namespace support {

inline constexpr int devices = 2;  // main.cpp asks for so many

/// The result of a call that is not expected to fail.
inline void check_cu(CUresult result, const char* call) {
    INFO(call << " gave " << static_cast<int>(result));
    REQUIRE(result == CUDA_SUCCESS);
}
#define CU(call) support::check_cu((call), #call)

/// The simulated driver with the primary context of the first device, which is current. Nothing of
/// it is left at the end: neither rules nor objects nor a current context.
class Simulation {
public:
    explicit Simulation(const std::string& rules = "") {
        CU(cuInit(0));
        CU(cuDevicePrimaryCtxRetain(&context_, 0));
        CU(cuCtxPushCurrent(context_));
        const std::string refusal = refusal_of(rules);
        if (!refusal.empty()) {
            leave();
            FAIL(refusal);
        }
    }
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;
    ~Simulation() {
        (void)refusal_of("");
        juggle_cuda_simulation_manual(0);
        juggle_cuda_simulation_set_time(-1);
        (void)juggle_cuda_simulation_deliver(0);
        (void)juggle_cuda_simulation_lose_device(0, CUDA_SUCCESS);
        leave();
        for (const std::string what : {"contexts", "streams", "events", "device", "host"}) {
            CHECK(what + std::to_string(juggle_cuda_simulation_live(what.c_str())) == what + '0');
        }
    }

    [[nodiscard]] CUcontext context() const { return context_; }

    /// Replaces the rules; gives what the simulation has against them, or nothing.
    [[nodiscard]] std::string refusal_of(const std::string& rules) const {
        std::array<char, 512> message{};
        const int code =
            juggle_cuda_simulation_configure(rules.c_str(), message.data(), message.size());
        CHECK((code == 0) == (message[0] == '\0'));
        return message.data();
    }

private:
    void leave() const {
        CUcontext popped = nullptr;
        CHECK(cuCtxPopCurrent(&popped) == CUDA_SUCCESS);
        CHECK(popped == context_);
        CHECK(cuDevicePrimaryCtxRelease(0) == CUDA_SUCCESS);
    }

    CUcontext context_ = nullptr;
};

/// The same, with streams that stand still until they are stepped.
class ManualSimulation : public Simulation {
public:
    explicit ManualSimulation(const std::string& rules = "") : Simulation{rules} {
        juggle_cuda_simulation_manual(1);
    }
};

/// It is current then.
[[nodiscard]] inline CUcontext new_context(CUdevice device) {
    CUcontext context = nullptr;
#if CUDA_VERSION >= 13000
    CU(cuCtxCreate(&context, nullptr, 0, device));
#else
    CU(cuCtxCreate(&context, 0, device));
#endif
    return context;
}

[[nodiscard]] inline CUstream new_stream(unsigned flags = CU_STREAM_NON_BLOCKING) {
    CUstream stream = nullptr;
    CU(cuStreamCreate(&stream, flags));
    return stream;
}

[[nodiscard]] inline CUevent new_event(unsigned flags = CU_EVENT_DISABLE_TIMING) {
    CUevent event = nullptr;
    CU(cuEventCreate(&event, flags));
    return event;
}

[[nodiscard]] inline CUevent recorded(CUstream stream, unsigned flags = CU_EVENT_DISABLE_TIMING) {
    const CUevent event = new_event(flags);
    CU(cuEventRecord(event, stream));
    return event;
}

[[nodiscard]] inline CUdeviceptr new_memory(std::size_t size) {
    CUdeviceptr address = 0;
    CU(cuMemAlloc(&address, size));
    return address;
}

/// Page-locked.
template <class T>
[[nodiscard]] T* new_host_memory(std::size_t count) {
    void* address = nullptr;
    CU(cuMemHostAlloc(&address, count * sizeof(T), 0));
    return static_cast<T*>(address);
}

/// What host functions write down, in the order in which they are called. It has to outlive them.
class Log {
public:
    /// Has a stream note `entry`.
    void note(CUstream stream, std::string entry) {
        notes_.push_back(Note{*this, std::move(entry)});
        CU(cuLaunchHostFunc(stream, &call, &notes_.back()));
    }

    [[nodiscard]] std::string text() const {
        const std::lock_guard lock{mutex_};
        return text_;
    }

private:
    struct Note {
        Log& log;
        std::string entry;
    };

    static void call(void* user_data) {
        const Note& note = *static_cast<Note*>(user_data);
        const std::lock_guard lock{note.log.mutex_};
        note.log.text_ += note.entry;
    }

    std::deque<Note> notes_;
    mutable std::mutex mutex_;
    std::string text_;
};

/// A host function that stays where it is until it is let go.
class Gate {
public:
    void close(CUstream stream) { CU(cuLaunchHostFunc(stream, &wait, this)); }
    void open() { is_open_ = true; }
    /// Whether the stream has gone through.
    [[nodiscard]] bool is_passed() const { return is_passed_; }
    /// Until the stream stands in front of it.
    void wait_until_reached() const {
        while (!is_reached_) {
            std::this_thread::yield();
        }
    }

private:
    static void wait(void* gate) {
        auto* const self = static_cast<Gate*>(gate);
        self->is_reached_ = true;
        while (!self->is_open_) {
            std::this_thread::yield();
        }
        self->is_passed_ = true;
    }

    std::atomic<bool> is_reached_{false};
    std::atomic<bool> is_open_{false};
    std::atomic<bool> is_passed_{false};
};

inline void step(CUstream stream) { REQUIRE(juggle_cuda_simulation_step(stream) == 1); }

}  // namespace support
