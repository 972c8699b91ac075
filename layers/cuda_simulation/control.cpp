// What tests ask of the simulated driver.

#include "cuda_simulation/around_calls.hpp"
#include "cuda_simulation/cuda_simulation_control.h"
#include "cuda_simulation/driver.hpp"
#include "cuda_simulation/faults.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#define JUGGLE_CUDA_CONTROL __attribute__((visibility("default")))

using layer::cuda::ContextPtr;
using layer::cuda::Driver;
using layer::cuda::Faults;
using layer::cuda::StreamPtr;

namespace {

ContextPtr current_context() {
    const std::vector<ContextPtr>& stack = layer::cuda::context_stack();
    return stack.empty() ? nullptr : stack.back();
}

/// Null if there is none.
StreamPtr find_stream(Driver& driver, CUstream handle) {
    const ContextPtr current = current_context();
    const bool is_special =
        handle == nullptr || handle == CU_STREAM_LEGACY || handle == CU_STREAM_PER_THREAD;
    return is_special && !current ? nullptr : driver.find_stream(handle, current);
}

}  // namespace

JUGGLE_CUDA_CONTROL int juggle_cuda_simulation_configure(const char* rules, char* message,
                                                         size_t size) {
    return Faults::instance().book.configure(rules, message, size);
}

JUGGLE_CUDA_CONTROL unsigned long juggle_cuda_simulation_calls(const char* pattern) {
    return Faults::instance().book.calls(pattern);
}

JUGGLE_CUDA_CONTROL unsigned long juggle_cuda_simulation_injected() {
    return Faults::instance().book.injected();
}

JUGGLE_CUDA_CONTROL const char* juggle_cuda_simulation_last() {
    return Faults::instance().book.last();
}

JUGGLE_CUDA_CONTROL void juggle_cuda_simulation_around_calls(void (*before)(), void (*after)()) {
    layer::cuda::around_calls.before = before;
    layer::cuda::around_calls.after = after;
}

JUGGLE_CUDA_CONTROL unsigned long juggle_cuda_simulation_held() {
    return Faults::instance().deliveries.held();
}

JUGGLE_CUDA_CONTROL unsigned long juggle_cuda_simulation_deliver(int newest_first) {
    return Faults::instance().deliveries.deliver_held(newest_first != 0);
}

JUGGLE_CUDA_CONTROL void juggle_cuda_simulation_manual(int manual) {
    Driver& driver = Driver::instance();
    const std::lock_guard lock{driver.mutex};
    driver.set_manual(manual != 0);
}

JUGGLE_CUDA_CONTROL int juggle_cuda_simulation_step(CUstream stream) {
    Driver& driver = Driver::instance();
    std::unique_lock lock{driver.mutex};
    const StreamPtr found = find_stream(driver, stream);
    if (!found || !driver.is_manual()) {
        return -1;
    }
    return driver.step(lock, *found) ? 1 : 0;
}

JUGGLE_CUDA_CONTROL unsigned long juggle_cuda_simulation_settle(unsigned seed) {
    Driver& driver = Driver::instance();
    std::unique_lock lock{driver.mutex};
    return driver.is_manual() ? driver.step_all(lock, seed) : 0;
}

JUGGLE_CUDA_CONTROL long juggle_cuda_simulation_pending(CUstream stream) {
    Driver& driver = Driver::instance();
    const std::lock_guard lock{driver.mutex};
    const StreamPtr found = find_stream(driver, stream);
    return found ? static_cast<long>(found->pending()) : -1;
}

JUGGLE_CUDA_CONTROL void juggle_cuda_simulation_set_time(double milliseconds) {
    Driver& driver = Driver::instance();
    const std::lock_guard lock{driver.mutex};
    driver.set_time(milliseconds < 0 ? std::nullopt : std::optional{milliseconds});
}

JUGGLE_CUDA_CONTROL CUfunction juggle_cuda_simulation_add_kernel(juggle_cuda_simulation_kernel run,
                                                                 const size_t* sizes,
                                                                 size_t count) {
    Driver& driver = Driver::instance();
    const std::lock_guard lock{driver.mutex};
    std::vector<juggle_cuda_simulation_parameter> parameters;
    parameters.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        parameters.push_back({.size = sizes[i], .is_pointer = 0});
    }
    const auto handle = driver.new_handle<CUfunction>();
    driver.kernels.emplace(handle, std::make_shared<layer::cuda::Kernel>(layer::cuda::Kernel{
                                       .run = run, .parameters = std::move(parameters)}));
    return handle;
}

JUGGLE_CUDA_CONTROL void* juggle_cuda_simulation_memory(CUdeviceptr address, size_t size) {
    Driver& driver = Driver::instance();
    const std::lock_guard lock{driver.mutex};
    const auto memory = driver.device_memory.find(address, size);
    return memory ? memory->bytes() + (address - memory->address()) : nullptr;
}

JUGGLE_CUDA_CONTROL int juggle_cuda_simulation_fail_context(CUcontext context, CUresult error) {
    Driver& driver = Driver::instance();
    const std::lock_guard lock{driver.mutex};
    const auto found = driver.contexts.find(context);
    const ContextPtr chosen = context == nullptr               ? current_context()
                              : found == driver.contexts.end() ? nullptr
                                                               : found->second;
    if (!chosen || chosen->is_destroyed) {
        return -1;
    }
    driver.fail(*chosen, error);
    return 0;
}

JUGGLE_CUDA_CONTROL int juggle_cuda_simulation_lose_device(CUdevice device, CUresult error) {
    Driver& driver = Driver::instance();
    const std::lock_guard lock{driver.mutex};
    if (device < 0 || static_cast<std::size_t>(device) >= driver.devices.size()) {
        return -1;
    }
    driver.lose(device, error);
    return 0;
}

JUGGLE_CUDA_CONTROL long juggle_cuda_simulation_live(const char* what) {
    Driver& driver = Driver::instance();
    const std::lock_guard lock{driver.mutex};
    const std::string_view kind{what};
    const auto count = kind == "contexts"  ? driver.contexts.size()
                       : kind == "streams" ? driver.streams.size()
                       : kind == "events"  ? driver.events.size()
                       : kind == "modules" ? driver.modules.size()
                       : kind == "device"  ? driver.device_memory.count()
                       : kind == "host"    ? driver.host_memory.count()
                       : kind == "threads" ? driver.all_streams().size()
                                           : static_cast<std::size_t>(-1);
    return static_cast<long>(count);
}
