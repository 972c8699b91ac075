#include "filter_bank.hpp"

#include "common/opencl.hpp"
#include "common/shown_command.hpp"
#include "fft_plan.hpp"
#include "filter_bank_source.hpp"  // filter_bank.cl as a string, made by CMake
#include "prototype_filter.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

namespace waterfall {

namespace jcl = juggle::opencl;

namespace {

/// What the device prefers, as far as neighbours go: the first stage leaves runs of `plan.first`
/// points to the others, and has channels / plan.first columns of its own.
std::size_t vector_width(const Options& options, const FftPlan& plan, const cl::Device& device) {
    const std::size_t preferred = device.getInfo<CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT>();
    return std::min({std::bit_floor(std::max<std::size_t>(preferred, 1)), std::size_t{16},
                     plan.first, options.channels / plan.first});
}

std::string build_options(const Options& options, const FftPlan& plan, std::size_t width) {
    std::string format(name_of(options.format));
    std::ranges::transform(format, format.begin(),
                           [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    std::string text = "-D FORMAT_" + format;
    const auto define = [&text](const char* name, std::size_t value) {
        text += std::string(" -D ") + name + '=' + std::to_string(value);
    };
    define("CHANNELS", options.channels);
    define("TAPS", options.taps);
    define("WIDTH", width);
    define("FIRST", plan.first);
    define("MIDDLE", plan.middle);
    define("MIDDLE_STAGES", plan.middle_stages);
    define("LAST", plan.last);
    return text;
}

cl::Buffer on_device(const cl::Context& context, std::vector<float> table) {
    return {context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, table.size() * sizeof(float),
            table.data()};
}

ChunkPlanner planner_for(const Options& options) {
    return {options.channels, options.channels * options.taps, options.integrate};
}

}  // namespace

FilterBank::FilterBank(const Options& options, const cl::Context& context, const cl::Device& device)
    : context_(context), channels_(options.channels),
      sample_bytes_(bytes_per_sample(options.format)),
      history_room_(options.channels * options.taps - 1), chunk_samples_(options.chunk),
      max_spectra_(planner_for(options).max_spectra(options.chunk)),
      max_rows_(planner_for(options).max_rows(options.chunk)),
      filter_(on_device(context, prototype_filter(options.channels, options.taps, options.window))),
      frames_(context, CL_MEM_READ_WRITE, max_spectra_ * channels_ * sizeof(cl_float2)) {
    make_stages(options, device);
}

FilterBank::Stage FilterBank::make_stage(const cl::Kernel& kernel, const cl::Device& device,
                                         std::size_t columns, std::size_t group_size) {
    const std::size_t possible = kernel.getWorkGroupInfo<CL_KERNEL_WORK_GROUP_SIZE>(device);
    const std::vector<std::size_t> sides = device.getInfo<CL_DEVICE_MAX_WORK_ITEM_SIZES>();
    const std::size_t size = std::bit_floor(std::min(group_size, possible));
    const std::size_t width = std::min({columns, size, std::bit_floor(sides.at(0))});
    return {.kernel = kernel,
            .columns = columns,
            .group_width = width,
            .group_height = std::min(size / width, std::bit_floor(sides.at(1))),
            .twiddles = {}};
}

void FilterBank::make_stages(const Options& options, const cl::Device& device) {
    const FftPlan plan = fft_plan(channels_);
    const std::size_t width = vector_width(options, plan, device);
    const cl::Program program = common::build_program(
        context_, device, std::string(filter_bank_source), build_options(options, plan, width));
    // A row is the work of its group alone, and there may be few: those groups are small.
    constexpr std::size_t many_columns = 256;
    constexpr std::size_t few_columns = 32;
    const auto stage = [&](const char* name, std::size_t radix, std::size_t group_columns) {
        return make_stage(cl::Kernel(program, name), device, channels_ / radix / width,
                          std::max<std::size_t>(group_columns / width, 1));
    };

    fold_ = stage("fold", plan.first, many_columns);
    fold_.kernel.setArg(3, filter_);
    fold_.twiddles = on_device(context_, twiddles(channels_, plan.first));
    fold_.kernel.setArg(4, fold_.twiddles);
    fold_.kernel.setArg(5, frames_);
    std::size_t length = channels_ / plan.first;
    for (std::size_t i = 0; i < plan.middle_stages; ++i, length /= plan.middle) {
        Stage& middle = middle_.emplace_back(stage("transform", plan.middle, many_columns));
        middle.kernel.setArg(0, static_cast<cl_uint>(length));
        middle.twiddles = on_device(context_, twiddles(length, plan.middle));
        middle.kernel.setArg(2, middle.twiddles);
        middle.kernel.setArg(3, frames_);
    }
    integrate_ = stage("integrate", plan.last, few_columns);
    integrate_.kernel.setArg(0, frames_);
}

FilterBank::Carry FilterBank::make_carry() const {
    const std::size_t row_bytes = channels_ * sizeof(cl_float2);
    return {.history = cl::Buffer(context_, CL_MEM_READ_WRITE, history_room_ * sample_bytes_),
            .row_before = cl::Buffer(context_, CL_MEM_READ_WRITE, row_bytes),
            .row_after = cl::Buffer(context_, CL_MEM_READ_WRITE, row_bytes)};
}

cl::Buffer FilterBank::make_samples() const {
    return {context_, CL_MEM_READ_WRITE, (history_room_ + chunk_samples_) * sample_bytes_};
}

cl::Buffer FilterBank::make_rows() const {
    return {context_, CL_MEM_READ_WRITE, max_rows_ * channels_ * sizeof(float)};
}

std::size_t FilterBank::samples_offset() const { return history_room_ * sample_bytes_; }

void FilterBank::enqueue(const cl::CommandQueue& compute, const Chunk& chunk,
                         const cl::Buffer& samples, Carry& carry, const cl::Buffer& rows,
                         jcl::Commands* commands) {
    if (chunk.history_before != 0) {
        prepend_history(compute, chunk, samples, carry, commands);
    }
    if (chunk.spectra != 0) {
        make_rows_of(compute, chunk, samples, carry, rows, commands);
    }
    if (chunk.history_after != 0) {
        keep_history(compute, chunk, samples, carry, commands);
    }
}

void FilterBank::prepend_history(const cl::CommandQueue& compute, const Chunk& chunk,
                                 const cl::Buffer& samples, const Carry& carry,
                                 jcl::Commands* commands) const {
    const std::size_t place = history_room_ - chunk.history_before;
    common::ShownCommand shown{timeline_, "history", "", commands};
    compute.enqueueCopyBuffer(carry.history, samples, 0, place * sample_bytes_,
                              chunk.history_before * sample_bytes_, shown.waits(), shown.event());
}

void FilterBank::make_rows_of(const cl::CommandQueue& compute, const Chunk& chunk,
                              const cl::Buffer& samples, Carry& carry, const cl::Buffer& rows,
                              jcl::Commands* commands) {
    const auto spectra = static_cast<cl_uint>(chunk.spectra);
    fold_.kernel.setArg(0, samples);
    fold_.kernel.setArg(1, static_cast<cl_uint>(history_room_ - chunk.history_before));
    fold_.kernel.setArg(2, spectra);
    enqueue_grid(compute, fold_, chunk.spectra, "fold", commands);
    for (Stage& middle : middle_) {
        middle.kernel.setArg(1, spectra);
        enqueue_grid(compute, middle, chunk.spectra, "FFT", commands);
    }
    integrate_.kernel.setArg(1, spectra);
    integrate_.kernel.setArg(2, static_cast<cl_uint>(chunk.per_row));
    integrate_.kernel.setArg(3, static_cast<cl_uint>(chunk.row_before));
    integrate_.kernel.setArg(4, carry.row_before);
    integrate_.kernel.setArg(5, carry.row_after);
    integrate_.kernel.setArg(6, rows);
    enqueue_grid(compute, integrate_, chunk.rows + (chunk.row_after != 0 ? 1 : 0), "integrate",
                 commands);
    std::swap(carry.row_before, carry.row_after);
}

/// Groups always have the same shape, because some drivers compile a kernel again for each.
void FilterBank::enqueue_grid(const cl::CommandQueue& compute, const Stage& stage,
                              std::size_t height, const char* what, jcl::Commands* commands) const {
    const std::size_t groups_down = (height + stage.group_height - 1) / stage.group_height;
    common::ShownCommand shown{timeline_, what, "", commands};
    compute.enqueueNDRangeKernel(
        stage.kernel, cl::NullRange, cl::NDRange(stage.columns, groups_down * stage.group_height),
        cl::NDRange(stage.group_width, stage.group_height), shown.waits(), shown.event());
}

void FilterBank::keep_history(const cl::CommandQueue& compute, const Chunk& chunk,
                              const cl::Buffer& samples, const Carry& carry,
                              jcl::Commands* commands) const {
    const std::size_t place = history_room_ + chunk.samples - chunk.history_after;
    common::ShownCommand shown{timeline_, "history", "", commands};
    compute.enqueueCopyBuffer(samples, carry.history, place * sample_bytes_, 0,
                              chunk.history_after * sample_bytes_, shown.waits(), shown.event());
}

}  // namespace waterfall
