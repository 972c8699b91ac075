#include "common/gpu/opencl/device.hpp"

#include <vector>

namespace common::on_opencl {

std::string name(const Device& device) { return device.getInfo<CL_DEVICE_NAME>(); }

std::string platform_name(const Device& device) {
    return cl::Platform{device.getInfo<CL_DEVICE_PLATFORM>()}.getInfo<CL_PLATFORM_NAME>();
}

std::uint64_t memory_bytes(const Device& device) {
    return device.getInfo<CL_DEVICE_GLOBAL_MEM_SIZE>();
}

std::uint64_t most_bytes(const Device& device) {
    return device.getInfo<CL_DEVICE_MAX_MEM_ALLOC_SIZE>();
}

bool has_host_functions(const Device& device) {
    return (device.getInfo<CL_DEVICE_EXECUTION_CAPABILITIES>() & CL_EXEC_NATIVE_KERNEL) != 0;
}

std::size_t vector_width(const Device& device) {
    return device.getInfo<CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT>();
}

GroupLimits group_limits(const Kernel& kernel, const Device& device) {
    const std::vector<std::size_t> sides = device.getInfo<CL_DEVICE_MAX_WORK_ITEM_SIZES>();
    return {.size = kernel.getWorkGroupInfo<CL_KERNEL_WORK_GROUP_SIZE>(device),
            .width = sides.at(0),
            .height = sides.at(1)};
}

Buffer make_buffer(const Context& context, std::size_t bytes) {
    return {context, CL_MEM_READ_WRITE, bytes};
}

Buffer make_table(const Context& context, std::span<const float> values) {
    // Read only, whatever the type says.
    return {context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, values.size_bytes(),
            const_cast<float*>(values.data())};
}

}  // namespace common::on_opencl
