#include "filter_bank/channeliser.hpp"

#include "common/opencl.hpp"
#include "common/shown_command.hpp"
#include "filter_bank/fft_plan.hpp"
#include "filter_bank/kernel_macros.hpp"
#include "filter_bank/prototype_filter.hpp"
#include "filter_bank_source.hpp"  // filter_bank.cl as a string, made by CMake

#include <algorithm>
#include <bit>
#include <string>

namespace filter_bank {
namespace {

/// What the device prefers, as far as neighbours go: the first stage leaves runs of `plan.first`
/// points to the others, and has channels / plan.first columns of its own.
std::size_t vector_width(const Shape& shape, const FftPlan& plan, const cl::Device& device) {
    const std::size_t preferred = device.getInfo<CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT>();
    return std::min({std::bit_floor(std::max<std::size_t>(preferred, 1)), std::size_t{16},
                     plan.first, shape.channels / plan.first});
}

std::string build_options(const Shape& shape, std::size_t width) {
    std::string text;
    for (const std::string& macro : kernel_macros(shape, width)) {
        text += " -D " + macro;
    }
    return text;
}

cl::Buffer on_device(const cl::Context& context, std::vector<float> table) {
    return {context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, table.size() * sizeof(float),
            table.data()};
}

}  // namespace

Channeliser::Channeliser(const Shape& shape, std::size_t max_frames, std::string_view last_stage,
                         const cl::Context& context, const cl::Device& device)
    : channels_(shape.channels), width_(vector_width(shape, fft_plan(shape.channels), device)),
      device_(device),
      filter_(on_device(context, prototype_filter(shape.channels, shape.taps, shape.window))),
      frames_(context, CL_MEM_READ_WRITE, max_frames * channels_ * sizeof(cl_float2)) {
    const FftPlan plan = fft_plan(channels_);
    program_ = common::build_program(
        context, device, std::string(filter_bank_source) + '\n' + std::string(last_stage),
        build_options(shape, width_));

    constexpr std::size_t group_columns = 256;
    fold_ = make_stage("fold", plan.first, group_columns);
    fold_.kernel.setArg(3, filter_);
    fold_.twiddles = on_device(context, twiddles(channels_, plan.first));
    fold_.kernel.setArg(4, fold_.twiddles);
    fold_.kernel.setArg(5, frames_);
    std::size_t length = channels_ / plan.first;
    for (std::size_t i = 0; i < plan.middle_stages; ++i, length /= plan.middle) {
        Stage& middle = middle_.emplace_back(make_stage("transform", plan.middle, group_columns));
        middle.kernel.setArg(0, static_cast<cl_uint>(length));
        middle.twiddles = on_device(context, twiddles(length, plan.middle));
        middle.kernel.setArg(2, middle.twiddles);
        middle.kernel.setArg(3, frames_);
    }
}

Channeliser::Stage Channeliser::make_stage(const char* name, std::size_t radix,
                                           std::size_t group_columns) const {
    const cl::Kernel kernel(program_, name);
    const std::size_t columns = channels_ / radix / width_;
    const std::size_t wanted = std::max<std::size_t>(group_columns / width_, 1);
    const std::size_t possible = kernel.getWorkGroupInfo<CL_KERNEL_WORK_GROUP_SIZE>(device_);
    const std::vector<std::size_t> sides = device_.getInfo<CL_DEVICE_MAX_WORK_ITEM_SIZES>();
    const std::size_t size = std::bit_floor(std::min(wanted, possible));
    const std::size_t width = std::min({columns, size, std::bit_floor(sides.at(0))});
    return {.kernel = kernel,
            .columns = columns,
            .group_width = width,
            .group_height = std::min(size / width, std::bit_floor(sides.at(1))),
            .twiddles = {}};
}

Channeliser::Stage Channeliser::last_stage(const char* name, std::size_t columns) const {
    return make_stage(name, fft_plan(channels_).last, columns);
}

void Channeliser::enqueue_fold(const cl::CommandQueue& compute, const cl::Buffer& samples,
                               std::size_t first, std::size_t spectra, std::size_t frame,
                               juggle::opencl::Commands* commands) {
    fold_.kernel.setArg(0, samples);
    fold_.kernel.setArg(1, static_cast<cl_uint>(first));
    fold_.kernel.setArg(2, static_cast<cl_uint>(spectra));
    fold_.kernel.setArg(6, static_cast<cl_uint>(frame));
    enqueue_grid(compute, fold_, spectra, "fold", commands);
}

void Channeliser::enqueue_transform(const cl::CommandQueue& compute, std::size_t spectra,
                                    juggle::opencl::Commands* commands) {
    for (Stage& middle : middle_) {
        middle.kernel.setArg(1, static_cast<cl_uint>(spectra));
        enqueue_grid(compute, middle, spectra, "FFT", commands);
    }
}

/// Groups always have the same shape, because some drivers compile a kernel again for each.
void Channeliser::enqueue_grid(const cl::CommandQueue& compute, const Stage& stage,
                               std::size_t height, const char* what,
                               juggle::opencl::Commands* commands) const {
    const std::size_t groups_down = (height + stage.group_height - 1) / stage.group_height;
    common::ShownCommand shown{timeline_, what, "", commands};
    compute.enqueueNDRangeKernel(
        stage.kernel, cl::NullRange, cl::NDRange(stage.columns, groups_down * stage.group_height),
        cl::NDRange(stage.group_width, stage.group_height), shown.waits(), shown.event());
}

}  // namespace filter_bank
