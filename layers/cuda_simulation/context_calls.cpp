// Devices and contexts, and what needs neither.

#include "cuda_simulation/calls_made.hpp"
#include "cuda_simulation/errors.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

namespace layer::cuda::calls {

namespace {

bool is_device(const Driver& driver, CUdevice device) {
    return device >= 0 && static_cast<std::size_t>(device) < driver.devices.size();
}

/// Nothing: the simulation has no such attribute.
std::optional<int> attribute_of_a_device(CUdevice_attribute attribute) {
    switch (attribute) {
        case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
            return static_cast<int>(Limits::threads);
        case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
            return static_cast<int>(Limits::block[0]);
        case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y:
            return static_cast<int>(Limits::block[1]);
        case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z:
            return static_cast<int>(Limits::block[2]);
        case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X:
            return static_cast<int>(Limits::grid[0]);
        case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
            return static_cast<int>(Limits::grid[1]);
        case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z:
            return static_cast<int>(Limits::grid[2]);
        case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
            return 8;
        case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
            return 0;
        case CU_DEVICE_ATTRIBUTE_WARP_SIZE:
            return 32;
        case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
        case CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT:
        case CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS:
        case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
        case CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY:
            return 1;
        default:
            return std::nullopt;
    }
}

CUresult give_text(const char* text, const char** where) {
    if (where == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *where = text;
    return text == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult get_function(const char* symbol, void** function, int version) {
    if (symbol == nullptr || function == nullptr || version > CUDA_VERSION) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *function = nullptr;
#define LOOK(call, needs, parameters, arguments)      \
    if (std::strcmp(symbol, #call) == 0) {            \
        *function = reinterpret_cast<void*>(&::call); \
    }
    JUGGLE_CUDA_CALLS(LOOK)
#undef LOOK
    return *function == nullptr ? CUDA_ERROR_NOT_FOUND : CUDA_SUCCESS;
}

CUresult create_context(const Made& made, CUcontext* result, CUdevice device) {
    if (result == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (!is_device(made.driver, device)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    if (const CUresult lost = made.driver.devices[static_cast<std::size_t>(device)].lost) {
        return lost;
    }
    const ContextPtr context =
        made.driver.make_context(device, made.driver.new_handle<CUcontext>());
    context_stack().push_back(context);
    *result = context->handle;
    return CUDA_SUCCESS;
}

/// Finds a context of a program's handle; null stays null.
CUresult find_context(const Made& made, CUcontext handle, ContextPtr& context) {
    if (handle == nullptr) {
        return CUDA_SUCCESS;
    }
    const auto found = made.driver.contexts.find(handle);
    if (found == made.driver.contexts.end()) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    context = found->second;
    return CUDA_SUCCESS;
}

}  // namespace

CUresult cuInit(const Made& made, unsigned flags) {
    if (is_in_host_function()) {
        return CUDA_ERROR_NOT_PERMITTED;
    }
    if (flags != 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    made.driver.start();
    return made.driver.devices.empty() ? CUDA_ERROR_NO_DEVICE : CUDA_SUCCESS;
}

CUresult cuDriverGetVersion(const Made& /*made*/, int* version) {
    if (version == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *version = CUDA_VERSION;
    return CUDA_SUCCESS;
}

CUresult cuGetErrorName(const Made& /*made*/, CUresult error, const char** result) {
    return give_text(error_name(error), result);
}

CUresult cuGetErrorString(const Made& /*made*/, CUresult error, const char** result) {
    return give_text(error_text(error), result);
}

#if CUDA_VERSION >= 12000
CUresult cuGetProcAddress(const Made& /*made*/, const char* symbol, void** function, int version,
                          cuuint64_t /*flags*/, CUdriverProcAddressQueryResult* status) {
    const CUresult result = get_function(symbol, function, version);
    if (status != nullptr && result != CUDA_ERROR_INVALID_VALUE) {
        *status = result == CUDA_SUCCESS ? CU_GET_PROC_ADDRESS_SUCCESS
                                         : CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
    }
    return result;
}
#else
CUresult cuGetProcAddress(const Made& /*made*/, const char* symbol, void** function, int version,
                          cuuint64_t /*flags*/) {
    return get_function(symbol, function, version);
}
#endif

// ---- devices

CUresult cuDeviceGetCount(const Made& made, int* count) {
    if (count == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *count = static_cast<int>(made.driver.devices.size());
    return CUDA_SUCCESS;
}

CUresult cuDeviceGet(const Made& made, CUdevice* device, int ordinal) {
    if (device == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (!is_device(made.driver, ordinal)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    *device = ordinal;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(const Made& made, char* text, int size, CUdevice device) {
    if (text == nullptr || size <= 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (!is_device(made.driver, device)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    (void)std::snprintf(text, static_cast<std::size_t>(size), "juggle simulation %d", device);
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(const Made& made, int* value, CUdevice_attribute attribute,
                              CUdevice device) {
    const std::optional<int> found = attribute_of_a_device(attribute);
    if (value == nullptr || !found) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (!is_device(made.driver, device)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    *value = *found;
    return CUDA_SUCCESS;
}

CUresult cuDeviceTotalMem(const Made& made, std::size_t* bytes, CUdevice device) {
    if (bytes == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (!is_device(made.driver, device)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    *bytes = Limits::bytes;
    return CUDA_SUCCESS;
}

// ---- primary contexts

CUresult cuDevicePrimaryCtxRetain(const Made& made, CUcontext* result, CUdevice ordinal) {
    if (result == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (!is_device(made.driver, ordinal)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    Device& device = made.driver.devices[static_cast<std::size_t>(ordinal)];
    if (device.lost != CUDA_SUCCESS) {
        return device.lost;
    }
    if (device.retained == 0) {
        if (device.primary_handle == nullptr) {
            device.primary_handle = made.driver.new_handle<CUcontext>();
        }
        device.primary = made.driver.make_context(ordinal, device.primary_handle);
        device.primary->is_primary = true;
    }
    ++device.retained;
    *result = device.primary_handle;
    return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease(const Made& made, CUdevice ordinal) {
    if (!is_device(made.driver, ordinal)) {
        return CUDA_ERROR_INVALID_DEVICE;
    }
    Device& device = made.driver.devices[static_cast<std::size_t>(ordinal)];
    if (device.retained == 0) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    if (--device.retained == 0) {
        made.driver.destroy(made.lock, std::exchange(device.primary, nullptr));
    }
    return CUDA_SUCCESS;
}

// ---- contexts

#if CUDA_VERSION >= 13000
CUresult cuCtxCreate(const Made& made, CUcontext* result, CUctxCreateParams* /*parameters*/,
                     unsigned /*flags*/, CUdevice device) {
    return create_context(made, result, device);
}
#else
CUresult cuCtxCreate(const Made& made, CUcontext* result, unsigned /*flags*/, CUdevice device) {
    return create_context(made, result, device);
}
#endif

CUresult cuCtxDestroy(const Made& made, CUcontext handle) {
    ContextPtr context;
    if (const CUresult error = find_context(made, handle, context)) {
        return error;
    }
    if (!context || context->is_primary) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    if (made.context == context) {
        context_stack().pop_back();
    }
    made.driver.destroy(made.lock, context);
    return CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(const Made& made, CUcontext* result) {
    if (result == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *result = made.context ? made.context->handle : nullptr;
    return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(const Made& made, CUcontext handle) {
    ContextPtr context;
    if (const CUresult error = find_context(made, handle, context)) {
        return error;
    }
    std::vector<ContextPtr>& stack = context_stack();
    if (!stack.empty()) {
        stack.pop_back();
    }
    if (context) {
        stack.push_back(context);
    }
    return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent(const Made& made, CUcontext handle) {
    ContextPtr context;
    if (const CUresult error = find_context(made, handle, context)) {
        return error;
    }
    if (!context) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    context_stack().push_back(context);
    return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent(const Made& made, CUcontext* result) {
    if (!made.context) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    context_stack().pop_back();
    if (result != nullptr) {
        *result = made.context->handle;
    }
    return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(const Made& made, CUdevice* device) {
    if (device == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    *device = made.context->device;
    return CUDA_SUCCESS;
}

#if CUDA_VERSION >= 12000
CUresult cuCtxGetId(const Made& made, CUcontext handle, unsigned long long* id) {
    if (id == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    ContextPtr context = made.context;
    if (handle != nullptr) {
        if (const CUresult error = find_context(made, handle, context)) {
            return error;
        }
    }
    if (!context) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    *id = context->id;
    return CUDA_SUCCESS;
}
#endif

CUresult cuCtxSynchronize(const Made& made) {
    if (const CUresult error = refuse_captured(made, *made.context)) {
        return error;
    }
    if (const CUresult error = refuse_unsafe(made)) {
        return error;
    }
    for (const PointPtr& end : made.driver.ends(*made.context)) {
        made.driver.wait(made.lock, end);
    }
    return made.context->error;
}

}  // namespace layer::cuda::calls
