// The demos' kernels, as OpenCL and as CUDA: what they make is the same, bit for bit. [real] needs
// NVRTC and no device: that it takes the kernels.

#include "filter_bank/fft_plan.hpp"
#include "filter_bank/kernel_macros.hpp"
#include "filter_bank/known_samples.hpp"
#include "filter_bank/prototype_filter.hpp"
#include "kernel_runs.hpp"
#include "kernel_sources.hpp"  // made by CMake
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <random>
#include <span>

namespace {

using filter_bank::SampleFormat;
using filter_bank::Shape;
using support::Bytes;

constexpr std::size_t taps = 3;
constexpr std::size_t spectra = 8;  // of each polarisation
constexpr std::size_t in_a_heap = 4;
constexpr std::size_t per_row = 3;
constexpr std::size_t row_before = 1;

/// Each number of channels, and with it each plan; and each format.
std::vector<Shape> shapes() {
    constexpr std::array formats{SampleFormat::cu8, SampleFormat::ci8, SampleFormat::ci16,
                                 SampleFormat::cf32};
    std::vector<Shape> all;
    for (std::size_t channels = 16; channels <= 8192; channels *= 2) {
        all.push_back({.format = formats[all.size() % formats.size()],
                       .channels = channels,
                       .taps = taps,
                       .window = filter_bank::Window::hamming});
    }
    return all;
}

std::string source() {
    return std::string{kernels::filter_bank} + '\n' + std::string{kernels::integrate} + '\n' +
           std::string{kernels::quantise};
}

std::vector<std::string> macros(const Shape& shape, std::size_t width) {
    std::vector<std::string> all = kernel_macros(shape, width);
    all.push_back("SPECTRA=" + std::to_string(in_a_heap));
    return all;
}

Bytes bytes_of(const std::vector<float>& values) {
    const auto bytes = std::as_bytes(std::span{values});
    return {bytes.begin(), bytes.end()};
}

Bytes noise(std::size_t count, float scale) {
    std::minstd_rand random{static_cast<unsigned>(count)};
    std::vector<float> values(count);
    std::ranges::generate(values, [&] {
        return scale * (static_cast<float>(random() >> 8) / static_cast<float>(1 << 22) - 1);
    });
    return bytes_of(values);
}

std::uint32_t number(std::size_t value) { return static_cast<std::uint32_t>(value); }

/// All that a filter bank and what follows it write.
struct Results {
    Bytes frames;
    Bytes transformed;
    Bytes rows;
    Bytes row_after;
    Bytes quantised;
};

/// Groups of an odd number of spectra, so that there are some too many.
template <class Kernels>
Results run(Kernels kernels, const Shape& shape, std::size_t width) {
    const std::size_t channels = shape.channels;
    const filter_bank::FftPlan plan = filter_bank::fft_plan(channels);
    const auto items = [&](std::size_t radix, std::size_t height) {
        const std::size_t columns = channels / radix / width;
        const std::size_t across = std::min<std::size_t>(columns, 16);
        constexpr std::size_t down = 3;
        return support::WorkItems{.groups = {columns / across, (height + down - 1) / down},
                                  .group = {across, down}};
    };
    std::minstd_rand random;
    Bytes samples =
        filter_bank::known_samples(shape.format, (2 * spectra + taps) * channels, random).bytes;
    Bytes filter = bytes_of(filter_bank::prototype_filter(channels, taps, shape.window));
    Bytes twiddles = bytes_of(filter_bank::twiddles(channels, plan.first));
    Results results{.frames = Bytes(2 * spectra * channels * 2 * sizeof(float)),
                    .transformed = {},
                    .rows = Bytes((2 * spectra + row_before) / per_row * channels * sizeof(float)),
                    .row_after = Bytes(2 * channels * sizeof(float)),
                    .quantised = {}};
    kernels.run(
        "fold",
        {&samples, number(5), number(2 * spectra), &filter, &twiddles, &results.frames, number(0)},
        items(plan.first, 2 * spectra));
    results.transformed = results.frames;
    std::size_t length = channels / plan.first;
    for (std::size_t i = 0; i < plan.middle_stages; ++i, length /= plan.middle) {
        twiddles = bytes_of(filter_bank::twiddles(length, plan.middle));
        kernels.run("transform",
                    {number(length), number(2 * spectra), &twiddles, &results.transformed},
                    items(plan.middle, 2 * spectra));
    }
    Bytes before = noise(2 * channels, 1e-3F);
    kernels.run("integrate",
                {&results.transformed, number(2 * spectra), number(per_row), number(row_before),
                 &before, &results.row_after, &results.rows},
                items(plan.last, (2 * spectra + row_before + per_row - 1) / per_row));
    Bytes gains = noise(2 * 2 * channels, 3e4F);  // so that some are limited
    const std::size_t counts_at = spectra * channels * 4;
    results.quantised.resize(counts_at + spectra / in_a_heap * 2 * sizeof(std::uint32_t));
    kernels.run(
        "quantise",
        {&results.transformed, number(spectra), &gains, &results.quantised, number(counts_at)},
        items(plan.last, spectra));
    return results;
}

template <class T>
std::vector<T> as(const Bytes& bytes) {
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

/// The rows are numbers, and some of what was quantised was limited and some not: or the test sees
/// nothing.
void check_sense(const Results& results) {
    CHECK(std::ranges::all_of(as<float>(results.rows),
                              [](float x) { return x != 0 && std::abs(x) < 1e3F; }));
    const std::vector<signed char> values = as<signed char>(results.quantised);
    CHECK(std::ranges::count(values, 127) > 0);
    CHECK(std::ranges::count_if(values, [](signed char x) { return x > 0 && x < 127; }) > 0);
}

}  // namespace

TEST_CASE("kernels: CUDA makes the same of samples as OpenCL, bit for bit") {
    for (const Shape& shape : shapes()) {
        INFO(shape.channels << " channels, " << name_of(shape.format));
        const std::size_t first = filter_bank::fft_plan(shape.channels).first;
        const std::size_t width = std::min({first, shape.channels / first, std::size_t{8}});
        const Results opencl =
            run(support::OpenClKernels{source(), macros(shape, width)}, shape, width);
        check_sense(opencl);
        const Results cuda = run(support::CudaKernels{source(), macros(shape, 1)}, shape, 1);
        CHECK(cuda.frames == opencl.frames);
        CHECK(cuda.transformed == opencl.transformed);
        CHECK(cuda.rows == opencl.rows);
        CHECK(cuda.row_after == opencl.row_after);
        CHECK(cuda.quantised == opencl.quantised);
    }
}

TEST_CASE("kernels: NVRTC takes those of each shape and format", "[real]") {
    for (const Shape& shape : shapes()) {
        INFO(shape.channels << " channels, " << name_of(shape.format));
        // The oldest, as code, and one that nobody knows yet.
        for (const int architecture : {75, 900}) {
            const std::string image =
                common::compile_opencl_c(source(), macros(shape, 1), architecture);
            for (const std::string name : {"fold", "integrate", "quantise"}) {
                CHECK(image.find(name) != std::string::npos);
            }
        }
    }
}
