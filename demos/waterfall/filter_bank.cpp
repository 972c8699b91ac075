#include "filter_bank.hpp"

#include "common/shown_command.hpp"
#include "integrate_source.hpp"  // integrate.cl as a string, made by CMake

#include <utility>

namespace waterfall {

namespace jcl = juggle::opencl;

namespace {

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
      channeliser_(options.bank_shape(), max_spectra_, integrate_source, context, device) {
    // A row is the work of its group alone, and there may be few: those groups are small.
    constexpr std::size_t few_columns = 32;
    integrate_ = channeliser_.last_stage("integrate", few_columns);
    integrate_.kernel.setArg(0, channeliser_.frames());
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
    channeliser_.enqueue_fold(compute, samples, history_room_ - chunk.history_before, chunk.spectra,
                              0, commands);
    channeliser_.enqueue_transform(compute, chunk.spectra, commands);
    integrate_.kernel.setArg(1, static_cast<cl_uint>(chunk.spectra));
    integrate_.kernel.setArg(2, static_cast<cl_uint>(chunk.per_row));
    integrate_.kernel.setArg(3, static_cast<cl_uint>(chunk.row_before));
    integrate_.kernel.setArg(4, carry.row_before);
    integrate_.kernel.setArg(5, carry.row_after);
    integrate_.kernel.setArg(6, rows);
    channeliser_.enqueue_grid(compute, integrate_, chunk.rows + (chunk.row_after != 0 ? 1 : 0),
                              "integrate", commands);
    std::swap(carry.row_before, carry.row_after);
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
