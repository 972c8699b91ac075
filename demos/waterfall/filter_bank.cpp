#include "filter_bank.hpp"

#include "common/gpu/devices.hpp"
#include "integrate_source.hpp"  // integrate.cl as a string, made by CMake

#include <cstdint>
#include <utility>

namespace waterfall {

namespace {

ChunkPlanner planner_for(const Options& options) {
    return {options.channels, options.channels * options.taps, options.integrate};
}

// A row is the work of its group alone, and there may be few: those groups are small.
constexpr std::size_t few_columns = 32;

}  // namespace

template <class Device>
FilterBank<Device>::FilterBank(const Options& options, const Device& device)
    : device_(device), channels_(options.channels), sample_bytes_(bytes_per_sample(options.format)),
      history_room_(options.channels * options.taps - 1), chunk_samples_(options.chunk),
      max_spectra_(planner_for(options).max_spectra(options.chunk)),
      max_rows_(planner_for(options).max_rows(options.chunk)),
      channeliser_(options.bank_shape(), max_spectra_, integrate_source, device),
      integrate_(channeliser_.last_stage("integrate", few_columns)) {}

template <class Device>
auto FilterBank<Device>::make_carry() const -> Carry {
    const std::size_t row_bytes = channels_ * 2 * sizeof(float);
    return {.history = device_.make_memory(history_room_ * sample_bytes_),
            .row_before = device_.make_memory(row_bytes),
            .row_after = device_.make_memory(row_bytes)};
}

template <class Device>
auto FilterBank<Device>::make_samples() const -> Memory {
    return device_.make_memory((history_room_ + chunk_samples_) * sample_bytes_);
}

template <class Device>
auto FilterBank<Device>::make_rows() const -> Memory {
    return device_.make_memory(max_rows_ * channels_ * sizeof(float));
}

template <class Device>
std::size_t FilterBank<Device>::samples_offset() const {
    return history_room_ * sample_bytes_;
}

template <class Device>
void FilterBank<Device>::enqueue(Commands& commands, const Chunk& chunk, const Memory& samples,
                                 Carry& carry, const Memory& rows) {
    if (chunk.history_before != 0) {
        prepend_history(commands, chunk, samples, carry);
    }
    if (chunk.spectra != 0) {
        make_rows_of(commands, chunk, samples, carry, rows);
    }
    if (chunk.history_after != 0) {
        keep_history(commands, chunk, samples, carry);
    }
}

template <class Device>
void FilterBank<Device>::prepend_history(Commands& commands, const Chunk& chunk,
                                         const Memory& samples, const Carry& carry) const {
    const std::size_t place = history_room_ - chunk.history_before;
    commands.copy("history", samples, place * sample_bytes_, carry.history, 0,
                  chunk.history_before * sample_bytes_);
}

template <class Device>
void FilterBank<Device>::make_rows_of(Commands& commands, const Chunk& chunk, const Memory& samples,
                                      Carry& carry, const Memory& rows) {
    const auto number = [](std::size_t value) { return static_cast<std::uint32_t>(value); };
    channeliser_.enqueue_fold(commands, samples, history_room_ - chunk.history_before,
                              chunk.spectra, 0);
    channeliser_.enqueue_transform(commands, chunk.spectra);
    commands.run("integrate", integrate_.kernel, integrate_.items,
                 chunk.rows + (chunk.row_after != 0 ? 1 : 0), channeliser_.frames(),
                 number(chunk.spectra), number(chunk.per_row), number(chunk.row_before),
                 carry.row_before, carry.row_after, rows);
    std::swap(carry.row_before, carry.row_after);
}

template <class Device>
void FilterBank<Device>::keep_history(Commands& commands, const Chunk& chunk, const Memory& samples,
                                      const Carry& carry) const {
    const std::size_t place = history_room_ + chunk.samples - chunk.history_after;
    commands.copy("history", carry.history, 0, samples, place * sample_bytes_,
                  chunk.history_after * sample_bytes_);
}

COMMON_GPU_INSTANTIATE(FilterBank);

}  // namespace waterfall
