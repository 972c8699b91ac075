// Samples of waterfall as a file or through a pipe: whole samples arrive as they are, however they
// are asked for; an input that ends inside a sample is an Error.

#include "waterfall/sample_source.hpp"

#include "input.hpp"
#include "waterfall/error.hpp"
#include "waterfall/interrupt.hpp"
#include "waterfall/options.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace {

using fuzz::require;

/// A file without a name, or the reading end of a pipe that is closed at the other one.
class Descriptor {
public:
    Descriptor(bool pipe, std::span<const std::byte> bytes) {
        int ends[2] = {-1, -1};
        if (pipe) {
            require(::pipe(ends) == 0, "there are pipes");
        } else {
            ends[0] = ends[1] = ::memfd_create("samples", 0);
        }
        require(::write(ends[1], bytes.data(), bytes.size()) == std::ssize(bytes), "written");
        if (pipe) {
            ::close(ends[1]);
        }
        fd_ = ends[0];
    }
    ~Descriptor() { ::close(fd_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

private:
    int fd_;
};

std::vector<std::byte> read_all(waterfall::BlockingSource& source, std::size_t chunk) {
    std::vector<std::byte> bytes;
    std::vector<std::byte> buffer(chunk);
    while (true) {
        const std::size_t got = source.read_now(buffer);
        require(got <= chunk, "no more than asked for");
        bytes.insert(bytes.end(), buffer.begin(),
                     buffer.begin() + static_cast<std::ptrdiff_t>(got));
        if (got < chunk) {
            return bytes;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const waterfall::Interrupt interrupt;
    constexpr std::size_t room_in_a_pipe = 65'536;

    fuzz::Input input(data, size);
    waterfall::Options options;
    options.format = static_cast<waterfall::SampleFormat>(input.between(0, 2));
    const bool pipe = input.between(0, 1) == 1;
    const std::size_t sample = bytes_per_sample(options.format);
    const std::size_t chunk = input.between(1, 1024) * sample;
    const auto bytes = input.rest().first(std::min(input.rest().size(), room_in_a_pipe));

    const Descriptor descriptor(pipe, bytes);
    options.input = descriptor.path();
    const bool whole = bytes.size() % sample == 0;
    try {
        const std::unique_ptr<waterfall::BlockingSource> source = open_source(options, interrupt);
        const std::vector<std::byte> samples = read_all(*source, chunk);
        require(whole, "half a sample is an error");
        require(std::ranges::equal(samples, bytes), "the samples are those of the input");
    } catch (const waterfall::Error&) {
        require(!whole, "whole samples are no error");
    }
    return 0;
}
