#include "filter_bank.hpp"

#include "common/opencl.hpp"
#include "common/shown_command.hpp"
#include "filter_bank_source.hpp"  // filter_bank.cl as a string, made by CMake
#include "prototype_filter.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace waterfall {
namespace {

std::string build_options(const Options& options) {
    std::string format(name_of(options.format));
    std::ranges::transform(format, format.begin(),
                           [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    return "-D CHANNELS=" + std::to_string(options.channels) +
           " -D TAPS=" + std::to_string(options.taps) + " -D FORMAT_" + format;
}

cl::Buffer filter_on_device(const Options& options, const cl::Context& context) {
    std::vector<float> filter = prototype_filter(options.channels, options.taps, options.window);
    return {context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, filter.size() * sizeof(float),
            filter.data()};
}

ChunkPlanner planner_for(const Options& options) {
    return {options.channels, options.channels * options.taps, options.integrate};
}

}  // namespace

FilterBank::FilterBank(const Options& options, const cl::Context& context, const cl::Device& device,
                       const cl::CommandQueue& compute, juggle::Timeline* timeline)
    : timeline_(timeline), context_(context), channels_(options.channels),
      integrate_(options.integrate), sample_bytes_(bytes_per_sample(options.format)),
      history_room_(options.channels * options.taps - 1), chunk_samples_(options.chunk),
      max_spectra_(planner_for(options).max_spectra(options.chunk)),
      max_rows_(planner_for(options).max_rows(options.chunk)),
      filter_(filter_on_device(options, context)),
      frames_(context, CL_MEM_READ_WRITE, max_spectra_ * channels_ * sizeof(cl_float2)),
      fft_(context, compute, channels_, max_spectra_) {
    const cl::Program program = common::build_program(
        context, device, std::string(filter_bank_source), build_options(options));
    fold_ = cl::Kernel(program, "fold");
    integrate_kernel_ = cl::Kernel(program, "integrate");
    // A batch is transformed as a whole; what no chunk has filled yet should be numbers.
    compute.enqueueFillBuffer(frames_, 0.0F, 0, max_spectra_ * channels_ * sizeof(cl_float2));
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
                         const cl::Buffer& samples, Carry& carry, const cl::Buffer& rows) {
    if (chunk.history_before != 0) {
        prepend_history(compute, chunk, samples, carry);
    }
    if (chunk.spectra != 0) {
        make_rows_of(compute, chunk, samples, carry, rows);
    }
    if (chunk.history_after != 0) {
        keep_history(compute, chunk, samples, carry);
    }
}

void FilterBank::prepend_history(const cl::CommandQueue& compute, const Chunk& chunk,
                                 const cl::Buffer& samples, const Carry& carry) const {
    const std::size_t place = history_room_ - chunk.history_before;
    common::ShownCommand shown{timeline_, "history"};
    compute.enqueueCopyBuffer(carry.history, samples, 0, place * sample_bytes_,
                              chunk.history_before * sample_bytes_, nullptr, shown.event());
}

void FilterBank::make_rows_of(const cl::CommandQueue& compute, const Chunk& chunk,
                              const cl::Buffer& samples, Carry& carry, const cl::Buffer& rows) {
    fold_.setArg(0, samples);
    fold_.setArg(1, static_cast<cl_uint>(history_room_ - chunk.history_before));
    fold_.setArg(2, static_cast<cl_uint>(chunk.spectra));
    fold_.setArg(3, filter_);
    fold_.setArg(4, frames_);
    enqueue_grid(compute, fold_, chunk.spectra, "fold");
    {
        common::ShownCommand shown{timeline_, "FFT"};
        fft_.enqueue(compute, frames_, shown.event());
    }
    integrate_kernel_.setArg(0, frames_);
    integrate_kernel_.setArg(1, static_cast<cl_uint>(chunk.spectra));
    integrate_kernel_.setArg(2, static_cast<cl_uint>(integrate_));
    integrate_kernel_.setArg(3, static_cast<cl_uint>(chunk.row_before));
    integrate_kernel_.setArg(4, carry.row_before);
    integrate_kernel_.setArg(5, carry.row_after);
    integrate_kernel_.setArg(6, rows);
    enqueue_grid(compute, integrate_kernel_, chunk.rows + (chunk.row_after != 0 ? 1 : 0),
                 "integrate");
    std::swap(carry.row_before, carry.row_after);
}

/// Groups always have the same shape, because some drivers compile a kernel again for each.
void FilterBank::enqueue_grid(const cl::CommandQueue& compute, const cl::Kernel& kernel,
                              std::size_t height, const char* what) const {
    constexpr std::size_t group_size = 256;
    const std::size_t group_width = std::min(channels_, group_size);
    const std::size_t group_height = group_size / group_width;
    const std::size_t groups_down = (height + group_height - 1) / group_height;
    common::ShownCommand shown{timeline_, what};
    compute.enqueueNDRangeKernel(kernel, cl::NullRange,
                                 cl::NDRange(channels_, groups_down * group_height),
                                 cl::NDRange(group_width, group_height), nullptr, shown.event());
}

void FilterBank::keep_history(const cl::CommandQueue& compute, const Chunk& chunk,
                              const cl::Buffer& samples, const Carry& carry) const {
    const std::size_t place = history_room_ + chunk.samples - chunk.history_after;
    common::ShownCommand shown{timeline_, "history"};
    compute.enqueueCopyBuffer(samples, carry.history, place * sample_bytes_, 0,
                              chunk.history_after * sample_bytes_, nullptr, shown.event());
}

}  // namespace waterfall
