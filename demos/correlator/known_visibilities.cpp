#include "correlator/known_visibilities.hpp"

#include "common/error.hpp"
#include "filter_bank/known_samples.hpp"
#include "filter_bank/rounding_judge.hpp"

#include <juggle/opencl/finish_at_end.hpp>

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace correlator {
namespace {

using Numbers = std::array<std::int64_t, 2>;

/// Those of the first own antenna.
bool channels_are_right(Setup& setup, const cl::CommandQueue& queue, std::minstd_rand& random) {
    const Layout& layout = setup.layout;
    const std::size_t spectra = 2;
    const filter_bank::Shape shape{.format = filter_bank::SampleFormat::ci8,
                                   .channels = layout.channels,
                                   .taps = layout.taps,
                                   .window = setup.options.window};
    const auto samples = filter_bank::known_samples(
        shape.format, layout.history() + spectra * layout.channels, random);
    const cl::Buffer input{setup.context, CL_MEM_READ_WRITE, layout.input_bytes()};
    const cl::Buffer output{setup.context, CL_MEM_READ_WRITE, layout.outgoing_bytes()};
    std::vector<std::int8_t> channels(layout.outgoing_bytes());
    const juggle::opencl::FinishAtEnd commands_end{queue};  // what they use goes
    queue.enqueueWriteBuffer(input, CL_TRUE, 0, samples.bytes.size(), samples.bytes.data());
    setup.f.enqueue(queue, input, output, nullptr);
    queue.enqueueReadBuffer(output, CL_TRUE, 0, channels.size(), channels.data());

    filter_bank::RoundingJudge judge;
    const std::span<const std::complex<double>> values = samples.values;
    for (std::size_t spectrum = 0; spectrum < spectra; ++spectrum) {
        const auto points =
            filter_bank::known_spectrum(shape, values.subspan(spectrum * layout.channels));
        for (std::size_t channel = 0; channel < layout.channels; ++channel) {
            const auto value = points[channel] * static_cast<double>(setup.f.factor());
            const std::size_t run = channel * layout.own_antennas().count;
            const std::size_t place = (run * layout.spectra + spectrum) * 2;
            judge.see(channels[place], value.real());
            judge.see(channels[place + 1], value.imag());
        }
    }
    return !judge.is_wrong();
}

/// Where the run of a channel and an antenna begins in Layout's `incoming`.
std::size_t place_of(const Layout& layout, std::size_t channel, std::size_t antenna) {
    std::size_t rank = 0;
    while (antenna >= layout.antennas_of(rank).first + layout.antennas_of(rank).count) {
        ++rank;
    }
    const Share share = layout.antennas_of(rank);
    const std::size_t run =
        share.first * layout.own_channels().count + channel * share.count + (antenna - share.first);
    return run * layout.run_bytes();
}

Numbers visibility_of(const Layout& layout, const std::vector<std::int8_t>& incoming,
                      std::size_t channel, std::size_t i, std::size_t j) {
    const std::int8_t* a = incoming.data() + place_of(layout, channel, i);
    const std::int8_t* b = incoming.data() + place_of(layout, channel, j);
    Numbers sum{};
    for (std::size_t k = 0; k < 2 * layout.spectra; k += 2) {
        sum[0] += a[k] * b[k] + a[k + 1] * b[k + 1];
        sum[1] += a[k + 1] * b[k] - a[k] * b[k + 1];
    }
    return sum;
}

/// Some of them.
bool visibilities_are_right(Setup& setup, const cl::CommandQueue& queue, std::minstd_rand& random) {
    const Layout& layout = setup.layout;
    std::vector<std::int8_t> incoming(layout.incoming_bytes());
    std::ranges::generate(incoming, [&random] {
        return static_cast<std::int8_t>(static_cast<int>(random() >> 8) % 255 - 127);
    });
    std::vector<Numbers> visibilities(layout.own_visibilities() / 2);
    const std::size_t bytes = visibilities.size() * sizeof(Numbers);
    const cl::Buffer input{setup.context, CL_MEM_READ_WRITE, incoming.size()};
    const cl::Buffer output{setup.context, CL_MEM_READ_WRITE, bytes};
    const juggle::opencl::FinishAtEnd commands_end{queue};  // what they use goes
    queue.enqueueWriteBuffer(input, CL_TRUE, 0, incoming.size(), incoming.data());
    setup.x.enqueue(queue, input, true, output, nullptr);
    setup.x.enqueue(queue, input, false, output, nullptr);
    queue.enqueueReadBuffer(output, CL_TRUE, 0, bytes, visibilities.data());

    constexpr std::size_t tries = 200;
    for (std::size_t n = 0; n < tries; ++n) {
        const std::size_t channel = random() % layout.own_channels().count;
        const std::size_t j = random() % layout.antennas;
        const std::size_t i = random() % (j + 1);
        const Numbers expected = visibility_of(layout, incoming, channel, i, j);
        const Numbers& found = visibilities[channel * layout.baselines() + Layout::baseline(i, j)];
        if (found != Numbers{2 * expected[0], 2 * expected[1]}) {
            return false;
        }
    }
    return true;
}

}  // namespace

void check_known_visibilities(Setup& setup) {
    std::minstd_rand random;  // NOLINT(cert-msc51-cpp): the samples are to be known
    const cl::CommandQueue queue{setup.context, setup.device};
    const bool has_antennas = setup.layout.own_antennas().count != 0;
    const bool is_right = (!has_antennas || channels_are_right(setup, queue, random)) &&
                          visibilities_are_right(setup, queue, random);
    if (!is_right) {
        throw common::Error("the device '" + setup.device.getInfo<CL_DEVICE_NAME>() + "' (driver " +
                            setup.device.getInfo<CL_DRIVER_VERSION>() + ") computes wrong: for " +
                            std::to_string(setup.layout.channels) +
                            " channels, known samples come out otherwise than they should");
    }
}

}  // namespace correlator
