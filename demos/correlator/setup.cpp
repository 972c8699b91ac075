#include "correlator/setup.hpp"

#include "common/find_device.hpp"
#include "common/timeline_file.hpp"
#include "correlator/file_source.hpp"
#include "correlator/known_visibilities.hpp"
#include "correlator/simulated_sky.hpp"

#include <algorithm>
#include <limits>

namespace correlator {
namespace {

std::unique_ptr<SampleSource> open_source(const Options& options, const Layout& layout) {
    if (options.inputs.empty()) {
        return std::make_unique<SimulatedSky>(options, layout.own_antennas());
    }
    return std::make_unique<FileSource>(options.inputs, options.antennas, layout.own_antennas());
}

std::uint64_t count_chunks(const Options& options, const Layout& layout,
                           const SampleSource& source) {
    const std::uint64_t limit = options.chunks.value_or(0);
    const std::uint64_t wanted = limit == 0 ? std::numeric_limits<std::uint64_t>::max() : limit;
    const std::uint64_t samples = source.samples();
    if (samples == SampleSource::no_end) {
        return wanted;
    }
    const std::uint64_t whole =
        samples < layout.history() ? 0 : (samples - layout.history()) / layout.chunk_samples();
    return std::min(whole, wanted);
}

}  // namespace

Setup::Setup(const Options& all_options, const Layout& all_layout)
    : options{all_options}, layout{all_layout},
      device{common::find_device(options.platform, options.device)}, context{device},
      f{layout, options.window, options.gain, context, device}, x{layout, context, device},
      source{open_source(options, layout)}, chunks{count_chunks(options, layout, *source)} {
    check_known_visibilities(*this);
    if (layout.rank == 0) {
        recorder = std::make_unique<Recorder>(options);
        if (!options.timeline.empty()) {
            common::check_timeline_file(options.timeline);
        }
    }
}

Wish Setup::wish(std::uint64_t chunk, const std::stop_token& stop) const {
    if (stop.stop_requested()) {
        return Wish::stop;
    }
    return chunk < chunks ? Wish::next_chunk : Wish::end_of_input;
}

}  // namespace correlator
