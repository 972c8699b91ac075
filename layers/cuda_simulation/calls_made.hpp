#pragma once

#include "cuda_simulation/calls.hpp"
#include "cuda_simulation/driver.hpp"
#include "cuda_simulation/faults.hpp"

#include <functional>
#include <mutex>
#include <type_traits>
#include <utility>

namespace layer::cuda {

/// A call of the program, of which what is common to all has been looked into.
struct Made {
    Driver& driver;
    std::unique_lock<std::mutex>& lock;  // the driver's mutex, held
    ContextPtr context;                  // the current one; null: none
    Fate fate;
};

/// What each function does, under its own name.
namespace calls {
#define LIST(...) __VA_OPT__(, ) __VA_ARGS__
#define DECLARE(call, needs, parameters, arguments) CUresult call(const Made& made LIST parameters);
JUGGLE_CUDA_CALLS(DECLARE)
#undef DECLARE
#undef LIST
}  // namespace calls

/// The null stream, `CU_STREAM_LEGACY` and `CU_STREAM_PER_THREAD`.
[[nodiscard]] bool is_special(CUstream stream) noexcept;

/// For a handle that is none: whether it went with its context.
[[nodiscard]] CUresult unknown(const Made& made, const void* handle);

/// What has a handle, and its context's error. A special stream is that of the current context,
/// which there must be.
[[nodiscard]] CUresult find(const Made& made, CUstream handle, StreamPtr& stream);
[[nodiscard]] CUresult find(const Made& made, CUevent handle, EventPtr& event);

/// Puts a command into a stream as the call's fate has it, or into the capture it is in.
[[nodiscard]] CUresult enqueue(const Made& made, Stream& stream, Command command);
[[nodiscard]] CUresult enqueue(const Made& made, CUstream stream, std::function<CUresult()> work);

// What is not allowed while there are captures: each gives an error or CUDA_SUCCESS, and
// invalidates the captures that are the reason.

/// A call that is "potentially unsafe" while the calling thread, or any thread, captures.
[[nodiscard]] CUresult refuse_unsafe(const Made& made);
/// A call that asks or waits for a stream, or for all of a context.
[[nodiscard]] CUresult refuse_captured(const Made& made, const Stream& stream);
[[nodiscard]] CUresult refuse_captured(const Made& made, const Context& context);
/// A call that asks or waits for an event.
[[nodiscard]] CUresult refuse_captured(const Event& event);
/// A use of the legacy stream next to a blocking stream that is in a capture.
[[nodiscard]] CUresult refuse_implicit(const Made& made, const Stream& stream);

/// A stream waits for an event, at least one of which is in a capture.
[[nodiscard]] CUresult join_capture(Stream& stream, const Event& event);
/// A stream is destroyed.
void leave_capture(const Made& made, const Stream& stream);

/// Whether the calling thread is in a function that the simulation has called: no CUDA there.
[[nodiscard]] bool& is_in_host_function() noexcept;

/// Calls a function of the program from a stream.
template <class Function>
auto call_program(Function function) {
    const bool before = std::exchange(is_in_host_function(), true);
    if constexpr (std::is_void_v<decltype(function())>) {
        function();
        is_in_host_function() = before;
    } else {
        const auto result = function();
        is_in_host_function() = before;
        return result;
    }
}

}  // namespace layer::cuda
