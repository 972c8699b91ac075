// The scene that waterfall makes up: as long as asked for, and the same samples however they are
// taken out.

#include "input.hpp"
#include "waterfall/interrupt.hpp"
#include "waterfall/options.hpp"
#include "waterfall/sample_source.hpp"

#include <vector>

namespace {

std::vector<std::byte> taken(const waterfall::Options& options, std::size_t chunk) {
    static const waterfall::Interrupt interrupt;
    const auto source = open_source(options, interrupt);
    std::vector<std::byte> bytes;
    std::vector<std::byte> buffer(chunk * bytes_per_sample(options.format));
    std::size_t got = 0;
    do {
        got = source->read_now(buffer);
        bytes.insert(bytes.end(), buffer.begin(),
                     buffer.begin() + static_cast<std::ptrdiff_t>(got));
    } while (got == buffer.size());
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    waterfall::Options options;
    options.format = static_cast<waterfall::SampleFormat>(input.between(0, 2));
    const std::size_t samples = input.between(0, 5000);
    const std::size_t chunk = input.between(1, 3000);
    const std::size_t other_chunk = input.between(1, 3000);
    options.seed = input.take<std::uint64_t>();
    options.sample_rate = 1000;
    options.generate = static_cast<double>(samples) / options.sample_rate;

    const std::vector<std::byte> bytes = taken(options, chunk);
    fuzz::require(bytes.size() == samples * bytes_per_sample(options.format), "its length");
    fuzz::require(bytes == taken(options, other_chunk), "the same in other portions");
    return 0;
}
