#include "gray_scott.hpp"

#include "common/error.hpp"
#include "common/opencl.hpp"
#include "gray_scott_source.hpp"
#include "seed_pattern.hpp"

#include <juggle/opencl/finish_at_end.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace reaction_diffusion {
namespace {

using common::Error;

constexpr std::array<cl::size_type, 3> origin{0, 0, 0};

/// Two channels where the driver has images of two floats, else the four that all have.
std::size_t channels_on(const cl::Context& context) {
    std::vector<cl::ImageFormat> formats;
    context.getSupportedImageFormats(CL_MEM_READ_WRITE, CL_MEM_OBJECT_IMAGE2D, &formats);
    const bool two = std::ranges::any_of(formats, [](const cl::ImageFormat& format) {
        return format.image_channel_order == CL_RG && format.image_channel_data_type == CL_FLOAT;
    });
    return two ? 2 : 4;
}

cl::Kernel build_step(const cl::Context& context, const cl::Device& device, const Rates& rates) {
    const cl::Program program =
        common::build_program(context, device, std::string{gray_scott_source});
    cl::Kernel step{program, "react"};
    step.setArg(2, static_cast<float>(rates.feed));
    step.setArg(3, static_cast<float>(rates.kill));
    return step;
}

}  // namespace

GrayScott::GrayScott(const cl::Device& device, std::size_t size, const Rates& rates)
    : device_{device}, context_{device}, size_{size}, channels_{channels_on(context_)},
      step_{build_step(context_, device_, rates)} {
    warm_up();
}

/// Some drivers compile a kernel when it is enqueued first.
void GrayScott::warm_up() {
    const cl::CommandQueue queue = make_queue();
    const juggle::opencl::FinishAtEnd step_ends{queue};
    enqueue_step(queue, make_first_state(0), make_state());
    queue.finish();
}

cl::ImageFormat GrayScott::format() const {
    return {static_cast<cl_channel_order>(channels_ == 2 ? CL_RG : CL_RGBA), CL_FLOAT};
}

cl::Image2D GrayScott::make_state() const {
    return {context_, CL_MEM_READ_WRITE, format(), size_, size_};
}

cl::Image2D GrayScott::make_first_state(std::uint64_t seed) const {
    std::vector<float> pattern = seed_pattern(size_, channels_, seed);
    return {context_,      CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, format(), size_, size_, 0,
            pattern.data()};
}

cl::Buffer GrayScott::make_copy() const {
    return {context_, CL_MEM_READ_WRITE, floats() * sizeof(float)};
}

void GrayScott::enqueue_step(const cl::CommandQueue& queue, const cl::Image2D& from,
                             const cl::Image2D& to, const WaitList* waits, cl::Event* event) {
    step_.setArg(0, from);
    step_.setArg(1, to);
    queue.enqueueNDRangeKernel(step_, cl::NullRange, cl::NDRange{size_, size_}, cl::NullRange,
                               waits, event);
}

void GrayScott::enqueue_copy(const cl::CommandQueue& queue, const cl::Image2D& from,
                             const cl::Buffer& to, const WaitList* waits, cl::Event* event) const {
    queue.enqueueCopyImageToBuffer(from, to, origin, {size_, size_, 1}, 0, waits, event);
}

void GrayScott::enqueue_read(const cl::CommandQueue& queue, const cl::Buffer& from,
                             std::span<float> to, const WaitList* waits, cl::Event* event) const {
    queue.enqueueReadBuffer(from, CL_FALSE, 0, to.size_bytes(), to.data(), waits, event);
}

void GrayScott::read(const cl::CommandQueue& queue, const cl::Image2D& from,
                     std::span<float> to) const {
    queue.enqueueReadImage(from, CL_TRUE, origin, {size_, size_, 1}, 0, 0, to.data());
}

void check_device(const cl::Device& device, std::size_t size, std::size_t copies) {
    const std::string name = '\'' + device.getInfo<CL_DEVICE_NAME>() + '\'';
    if (device.getInfo<CL_DEVICE_IMAGE_SUPPORT>() == CL_FALSE) {
        throw Error("the device " + name + " has no images");
    }
    const std::size_t most = std::min(device.getInfo<CL_DEVICE_IMAGE2D_MAX_WIDTH>(),
                                      device.getInfo<CL_DEVICE_IMAGE2D_MAX_HEIGHT>());
    const std::string refused = "--size: '" + std::to_string(size) + "': the device " + name;
    if (size > most) {
        throw Error(refused + " has images of at most " + std::to_string(most) + " cells a side");
    }
    const cl_ulong bytes = size * size * 4 * sizeof(float);
    if (bytes > device.getInfo<CL_DEVICE_MAX_MEM_ALLOC_SIZE>() ||
        bytes > device.getInfo<CL_DEVICE_GLOBAL_MEM_SIZE>() / (2 + copies)) {
        throw Error(refused + " has no room for two such states and " + std::to_string(copies) +
                    " copies");
    }
}

}  // namespace reaction_diffusion
