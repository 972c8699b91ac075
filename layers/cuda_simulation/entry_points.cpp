// The simulated CUDA driver: what a program finds in it. docs/testing.md.

#include "cuda_simulation/around_calls.hpp"
#include "cuda_simulation/calls.hpp"
#include "cuda_simulation/calls_made.hpp"
#include "cuda_simulation/driver.hpp"
#include "cuda_simulation/faults.hpp"

#include <new>
#include <system_error>
#include <utility>

#define JUGGLE_CUDA_EXPORT extern "C" __attribute__((visibility("default")))

namespace layer {

const char* const name = "juggle-cuda-simulation";

}  // namespace layer

namespace layer::cuda {

bool& is_in_host_function() noexcept {
    static thread_local bool is_in_one = false;
    return is_in_one;
}

namespace {

enum class Needs { nothing, init, context };

/// What stands against a call before it is looked at.
CUresult check(const Driver& driver, Needs needs, const ContextPtr& context) {
    if (needs == Needs::nothing) {
        return CUDA_SUCCESS;
    }
    if (is_in_host_function()) {
        return CUDA_ERROR_NOT_PERMITTED;
    }
    if (!driver.is_started) {
        return CUDA_ERROR_NOT_INITIALIZED;
    }
    if (needs == Needs::context) {
        if (!context) {
            return CUDA_ERROR_INVALID_CONTEXT;
        }
        if (context->is_destroyed) {
            return CUDA_ERROR_CONTEXT_IS_DESTROYED;
        }
    }
    return CUDA_SUCCESS;
}

void spread(Driver& driver, const Fate& fate, const ContextPtr& context) {
    if (!context || context->is_destroyed) {
        return;
    }
    if (fate.sticky != CUDA_SUCCESS) {
        driver.fail(*context, fate.sticky);
    }
    if (fate.lost != CUDA_SUCCESS) {
        driver.lose(context->device, fate.lost);
    }
}

template <class Function>
CUresult enter(Call call, Needs needs, Function function) noexcept {
    const InCall in_call;
    const Fate fate = Faults::instance().count(call);
    Driver& driver = Driver::instance();
    std::unique_lock lock{driver.mutex};
    const std::vector<ContextPtr>& stack = context_stack();
    const ContextPtr context = stack.empty() ? nullptr : stack.back();
    spread(driver, fate, context);
    if (fate.status != CUDA_SUCCESS) {
        return fate.status;
    }
    if (const CUresult against = check(driver, needs, context); against != CUDA_SUCCESS) {
        return against;
    }
    try {
        return function(Made{driver, lock, context, fate});
    } catch (const std::bad_alloc&) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    } catch (const std::system_error&) {  // no thread
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
}

}  // namespace

}  // namespace layer::cuda

#define LIST(...) __VA_OPT__(, ) __VA_ARGS__
#define ENTRY(call, needs, parameters, arguments)                                           \
    JUGGLE_CUDA_EXPORT CUresult CUDAAPI call parameters {                                   \
        return layer::cuda::enter(layer::cuda::Call::call, layer::cuda::Needs::needs,       \
                                  [&](const layer::cuda::Made& made) {                      \
                                      return layer::cuda::calls::call(made LIST arguments); \
                                  });                                                       \
    }
JUGGLE_CUDA_CALLS(ENTRY)

#undef ENTRY
#undef LIST
