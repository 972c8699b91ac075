#include "filter_bank/channeliser.hpp"

#include "common/gpu/devices.hpp"
#include "filter_bank/fft_plan.hpp"
#include "filter_bank/kernel_macros.hpp"
#include "filter_bank/prototype_filter.hpp"
#include "filter_bank_source.hpp"  // filter_bank.cl as a string, made by CMake

#include <algorithm>
#include <string>
#include <utility>

namespace filter_bank {
namespace {

constexpr std::size_t columns_together = 256;

/// What the device prefers, as far as neighbours go: the first stage leaves runs of `plan.first`
/// points to the others, and has channels / plan.first columns of its own.
std::size_t vector_width(const Shape& shape, std::size_t preferred) {
    const FftPlan plan = fft_plan(shape.channels);
    return std::min({preferred, plan.first, shape.channels / plan.first});
}

std::uint32_t number(std::size_t value) { return static_cast<std::uint32_t>(value); }

}  // namespace

template <class Device>
Channeliser<Device>::Channeliser(const Shape& shape, std::size_t max_frames,
                                 std::string_view last_stage, const Device& device)
    : channels_(shape.channels), width_(vector_width(shape, device.vector_width())),
      device_(device),
      program_(device.build(std::string(filter_bank_source) + '\n' + std::string(last_stage),
                            kernel_macros(shape, width_))),
      filter_(device.make_table(prototype_filter(shape.channels, shape.taps, shape.window))),
      frames_(device.make_memory(max_frames * channels_ * 2 * sizeof(float))),
      fold_(make_stage("fold", fft_plan(channels_).first, columns_together)),
      fold_twiddles_(device.make_table(twiddles(channels_, fft_plan(channels_).first))) {
    const FftPlan plan = fft_plan(channels_);
    std::size_t length = channels_ / plan.first;
    for (std::size_t i = 0; i < plan.middle_stages; ++i, length /= plan.middle) {
        middle_.push_back({.stage = make_stage("transform", plan.middle, columns_together),
                           .length = number(length),
                           .twiddles = device.make_table(twiddles(length, plan.middle))});
    }
}

template <class Device>
auto Channeliser<Device>::make_stage(const char* name, std::size_t radix,
                                     std::size_t group_columns) const -> Stage {
    typename Device::Kernel kernel = device_.make_kernel(program_, name);
    const common::gpu::WorkItems items = device_.work_items(
        kernel, channels_ / radix / width_, std::max<std::size_t>(group_columns / width_, 1));
    return {.kernel = std::move(kernel), .items = items};
}

template <class Device>
auto Channeliser<Device>::last_stage(const char* name, std::size_t columns) const -> Stage {
    return make_stage(name, fft_plan(channels_).last, columns);
}

template <class Device>
void Channeliser<Device>::enqueue_fold(Commands& commands, const Memory& samples, std::size_t first,
                                       std::size_t spectra, std::size_t frame) {
    commands.run("fold", fold_.kernel, fold_.items, spectra, samples, number(first),
                 number(spectra), filter_, fold_twiddles_, frames_, number(frame));
}

template <class Device>
void Channeliser<Device>::enqueue_transform(Commands& commands, std::size_t spectra) {
    for (auto& [stage, length, table] : middle_) {
        commands.run("FFT", stage.kernel, stage.items, spectra, length, number(spectra), table,
                     frames_);
    }
}

COMMON_GPU_INSTANTIATE(Channeliser);

}  // namespace filter_bank
