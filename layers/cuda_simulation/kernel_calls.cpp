// Modules, and the kernels in them.

#include "cuda_simulation/calls_made.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace layer::cuda::calls {

namespace {

/// Copies of the parameters of a launch, and the memory that they are about.
struct Arguments {
    std::vector<std::vector<std::max_align_t>> values;
    std::vector<std::shared_ptr<DeviceMemory>> memory;
    bool is_astray = false;  // a pointer is one to no memory
};

/// What the host has where a pointer of a kernel points to.
void translate(const Made& made, Arguments& arguments, void* pointer) {
    std::uintptr_t address = 0;
    std::memcpy(&address, pointer, sizeof address);
    if (address == 0 || made.driver.host_memory.find(address, 0)) {
        return;
    }
    std::shared_ptr<DeviceMemory> memory = made.driver.device_memory.find(address, 0);
    if (!memory) {
        arguments.is_astray = true;
        return;
    }
    const auto there =
        reinterpret_cast<std::uintptr_t>(memory->bytes()) + address - memory->address();
    std::memcpy(pointer, &there, sizeof there);
    arguments.memory.push_back(std::move(memory));
}

Arguments copy(const Made& made, const Kernel& kernel, void** parameters) {
    Arguments arguments;
    for (std::size_t i = 0; i < kernel.parameters.size(); ++i) {
        const auto& [size, is_pointer] = kernel.parameters[i];
        auto& value = arguments.values.emplace_back(size / sizeof(std::max_align_t) + 1);
        std::memcpy(value.data(), parameters[i], size);
        if (is_pointer != 0) {
            translate(made, arguments, value.data());
        }
    }
    return arguments;
}

bool is_within(unsigned size, unsigned most) { return size != 0 && size <= most; }

bool is_possible(const unsigned (&grid)[3], const unsigned (&block)[3]) {
    std::size_t threads = 1;
    for (std::size_t i = 0; i < 3; ++i) {
        if (!is_within(grid[i], Limits::grid[i]) || !is_within(block[i], Limits::block[i])) {
            return false;
        }
        threads *= block[i];
    }
    return threads <= Limits::threads;
}

/// Finds a module of the current context.
CUresult find(const Made& made, CUmodule handle, Module*& module) {
    const auto found = made.driver.modules.find(handle);
    if (found == made.driver.modules.end()) {
        return unknown(made, handle);
    }
    if (found->second.context != made.context) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    module = &found->second;
    return CUDA_SUCCESS;
}

std::shared_ptr<Kernel> make_kernel(const Module& module,
                                    const juggle_cuda_simulation_function& function) {
    const auto run = [run = function.run](const unsigned* grid, const unsigned* block,
                                          void** parameters) {
        return static_cast<CUresult>(run(grid, block, parameters));
    };
    return std::make_shared<Kernel>(
        Kernel{.run = run,
               .parameters = {function.parameters, function.parameters + function.parameter_count},
               .context = module.context,
               .image = module.image});
}

}  // namespace

CUresult cuModuleLoadData(const Made& made, CUmodule* result, const void* image) {
    if (result == nullptr || image == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (made.context->error != CUDA_SUCCESS) {
        return made.context->error;
    }
    Module module{.context = made.context, .image = nullptr};
    if (const CUresult error = Image::load(image, module.image)) {
        return error;
    }
    const auto handle = made.driver.new_handle<CUmodule>();
    made.driver.modules.emplace(handle, std::move(module));
    *result = handle;
    return CUDA_SUCCESS;
}

CUresult cuModuleUnload(const Made& made, CUmodule handle) {
    Module* module = nullptr;
    if (const CUresult error = find(made, handle, module)) {
        return error;
    }
    made.driver.unload(handle);
    return made.context->error;
}

CUresult cuModuleGetFunction(const Made& made, CUfunction* result, CUmodule handle,
                             const char* name) {
    if (result == nullptr || name == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    Module* module = nullptr;
    if (const CUresult error = find(made, handle, module)) {
        return error;
    }
    if (made.context->error != CUDA_SUCCESS) {
        return made.context->error;
    }
    CUfunction& known = module->functions[name];
    if (known == nullptr) {
        const auto* const function = module->image->find(name);
        if (function == nullptr) {
            module->functions.erase(name);
            return CUDA_ERROR_NOT_FOUND;
        }
        const auto made_for_it = made.driver.new_handle<CUfunction>();
        made.driver.kernels.emplace(made_for_it, make_kernel(*module, *function));
        known = made_for_it;
    }
    *result = known;
    return CUDA_SUCCESS;
}

CUresult cuFuncGetAttribute(const Made& made, int* value, CUfunction_attribute attribute,
                            CUfunction function) {
    if (value == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (!made.driver.kernels.contains(function)) {
        return unknown(made, function);
    }
    switch (attribute) {
        case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
            *value = static_cast<int>(Limits::threads);
            return CUDA_SUCCESS;
        case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
        case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
        case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
            *value = 0;
            return CUDA_SUCCESS;
        case CU_FUNC_ATTRIBUTE_NUM_REGS:
            *value = 1;
            return CUDA_SUCCESS;
        default:
            return CUDA_ERROR_INVALID_VALUE;
    }
}

CUresult cuLaunchKernel(const Made& made, CUfunction function, unsigned grid_x, unsigned grid_y,
                        unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z,
                        unsigned /*shared*/, CUstream handle, void** parameters, void** extra) {
    const auto found = made.driver.kernels.find(function);
    if (found == made.driver.kernels.end()) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    const std::shared_ptr<Kernel> kernel = found->second;
    StreamPtr stream;
    if (const CUresult error = cuda::find(made, handle, stream)) {
        return error;
    }
    // As a kernel and its stream have to be.
    if (stream->context() != made.context || (kernel->context && kernel->context != made.context)) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    if (!is_possible({grid_x, grid_y, grid_z}, {block_x, block_y, block_z}) || extra != nullptr ||
        (parameters == nullptr && !kernel->parameters.empty())) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    Arguments arguments = copy(made, *kernel, parameters);
    if (arguments.is_astray) {
        return enqueue(made, *stream,
                       Command{.work = nullptr, .error = CUDA_ERROR_ILLEGAL_ADDRESS});
    }
    return enqueue(made, *stream, Command{.work = [=]() mutable {
                       const unsigned grid[] = {grid_x, grid_y, grid_z};
                       const unsigned block[] = {block_x, block_y, block_z};
                       std::vector<void*> addresses;
                       addresses.reserve(arguments.values.size());
                       for (auto& value : arguments.values) {
                           addresses.push_back(value.data());
                       }
                       return call_program(
                           [&] { return kernel->run(grid, block, addresses.data()); });
                   }});
}

}  // namespace layer::cuda::calls
