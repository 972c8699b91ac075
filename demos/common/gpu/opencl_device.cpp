#include "common/gpu/opencl_device.hpp"

#include "common/find_device.hpp"
#include "common/opencl.hpp"

#include <algorithm>
#include <bit>

namespace common::gpu {

OpenClDevice::OpenClDevice(const std::string& platform, const std::string& device)
    : device_{find_device(platform, device)}, context_{device_} {}

std::string OpenClDevice::platform_name() const {
    return cl::Platform{device_.getInfo<CL_DEVICE_PLATFORM>()}.getInfo<CL_PLATFORM_NAME>();
}

std::string OpenClDevice::description() const {
    return '\'' + name() + "' (driver " + device_.getInfo<CL_DRIVER_VERSION>() + ')';
}

std::size_t OpenClDevice::vector_width() const {
    const std::size_t preferred = device_.getInfo<CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT>();
    return std::min(std::bit_floor(std::max<std::size_t>(preferred, 1)), std::size_t{16});
}

OpenClQueue OpenClDevice::make_queue(juggle::Timeline* timeline, std::string_view name,
                                     bool timed) const {
    return {common::make_queue(context_, device_, timeline, name, timed), timeline};
}

cl::Program OpenClDevice::build(const std::string& source,
                                const std::vector<std::string>& macros) const {
    std::string options;
    for (const std::string& macro : macros) {
        options += " -D " + macro;
    }
    return build_program(context_, device_, source, options);
}

WorkItems OpenClDevice::work_items(const cl::Kernel& kernel, std::size_t columns,
                                   std::size_t size) const {
    const std::size_t possible = kernel.getWorkGroupInfo<CL_KERNEL_WORK_GROUP_SIZE>(device_);
    const std::vector<std::size_t> sides = device_.getInfo<CL_DEVICE_MAX_WORK_ITEM_SIZES>();
    return gpu::work_items(columns, std::bit_floor(std::min(size, possible)), sides.at(0),
                           sides.at(1));
}

}  // namespace common::gpu
