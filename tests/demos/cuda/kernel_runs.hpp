#pragma once

#include "common/cuda_driver.hpp"
#include "common/cuda_program.hpp"
#include "common/find_device.hpp"
#include "common/opencl.hpp"

#include <CL/opencl.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <cuda.h>

namespace support {

using Bytes = std::vector<std::byte>;

/// A kernel's argument: a number, or the memory that it reads and writes.
using Argument = std::variant<std::uint32_t, Bytes*>;

struct WorkItems {
    std::array<std::size_t, 2> groups;
    std::array<std::size_t, 2> group;
};

/// Kernels on an OpenCL device.
class OpenClKernels {
public:
    OpenClKernels(const std::string& source, const std::vector<std::string>& macros) {
        std::string options;
        for (const std::string& macro : macros) {
            options += " -D " + macro;
        }
        program_ = common::build_program(context_, device_, source, options);
    }

    void run(const char* name, const std::vector<Argument>& arguments, const WorkItems& items) {
        cl::Kernel kernel{program_, name};
        std::vector<std::pair<cl::Buffer, Bytes*>> buffers;
        for (cl_uint i = 0; i < arguments.size(); ++i) {
            if (const auto* const number = std::get_if<std::uint32_t>(&arguments[i])) {
                kernel.setArg(i, *number);
                continue;
            }
            Bytes* const bytes = std::get<Bytes*>(arguments[i]);
            const cl::Buffer buffer{context_, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                                    bytes->size(), bytes->data()};
            kernel.setArg(i, buffer);
            buffers.emplace_back(buffer, bytes);
        }
        const auto& [groups, group] = items;
        queue_.enqueueNDRangeKernel(kernel, cl::NullRange,
                                    cl::NDRange{groups[0] * group[0], groups[1] * group[1]},
                                    cl::NDRange{group[0], group[1]});
        for (const auto& [buffer, bytes] : buffers) {
            queue_.enqueueReadBuffer(buffer, CL_TRUE, 0, bytes->size(), bytes->data());
        }
    }

private:
    cl::Device device_ = common::find_device("", "");
    cl::Context context_{device_};
    cl::CommandQueue queue_{context_, device_};
    cl::Program program_;
};

/// The first CUDA device.
class CudaDevice {
public:
    CudaDevice() {
        COMMON_CUDA(cuInit, 0);
        COMMON_CUDA(cuDevicePrimaryCtxRetain, &context_, 0);
    }
    CudaDevice(const CudaDevice&) = delete;
    CudaDevice& operator=(const CudaDevice&) = delete;
    ~CudaDevice() { static_cast<void>(common::cuda_driver().cuDevicePrimaryCtxRelease(0)); }

    [[nodiscard]] CUcontext context() const { return context_; }

private:
    CUcontext context_ = nullptr;
};

/// The same kernels on it.
class CudaKernels {
public:
    CudaKernels(const std::string& source, const std::vector<std::string>& macros)
        : program_{common::compile_opencl_c(source, macros, common::cuda_architecture())} {}

    void run(const char* name, const std::vector<Argument>& arguments, const WorkItems& items) {
        const common::CudaKernel kernel = program_.kernel(name);
        std::vector<CUdeviceptr> memory(arguments.size());
        std::vector<std::uint32_t> numbers(arguments.size());
        std::vector<void*> parameters;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            if (const auto* const number = std::get_if<std::uint32_t>(&arguments[i])) {
                numbers[i] = *number;
                parameters.push_back(&numbers[i]);
                continue;
            }
            const Bytes& bytes = *std::get<Bytes*>(arguments[i]);
            COMMON_CUDA(cuMemAlloc, &memory[i], bytes.size());
            COMMON_CUDA(cuMemcpyHtoDAsync, memory[i], bytes.data(), bytes.size(), nullptr);
            parameters.push_back(&memory[i]);
        }
        const auto number = [](std::size_t size) { return static_cast<unsigned>(size); };
        const auto& [groups, group] = items;
        COMMON_CUDA(cuLaunchKernel, kernel.function, number(groups[1]), number(groups[0]), 1,
                    number(group[0]), number(group[1]), 1, 0, nullptr, parameters.data(), nullptr);
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            if (memory[i] != 0) {
                Bytes& bytes = *std::get<Bytes*>(arguments[i]);
                COMMON_CUDA(cuMemcpyDtoHAsync, bytes.data(), memory[i], bytes.size(), nullptr);
                COMMON_CUDA(cuMemFree, memory[i]);
            }
        }
    }

private:
    CudaDevice device_;
    common::CudaContextScope current_{device_.context()};
    common::CudaProgram program_;
};

}  // namespace support
