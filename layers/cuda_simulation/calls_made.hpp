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

/// Puts a command into a stream of the program, as the call's fate has it.
CUresult enqueue(const Made& made, CUstream stream, std::function<CUresult()> work);

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
