#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace waterfall {

class Interrupt;
struct Options;

/// Where the samples come from. `read` blocks, so a pipeline calls it off the executor's
/// thread, one call at a time.
class SampleSource {
public:
    virtual ~SampleSource() = default;

    /// Fills `into` from the front with whole samples and returns the number of bytes. Fewer
    /// than asked for mean that the input has ended or was interrupted: do not read again.
    /// Throws Error if the input cannot be read or ends inside a sample.
    virtual std::size_t read(std::span<std::byte> into) = 0;

    /// For messages and for the title of the picture.
    [[nodiscard]] virtual std::string name() const = 0;
};

/// The source that `options` asks for. Throws Error if there is none.
[[nodiscard]] std::unique_ptr<SampleSource> open_source(const Options& options,
                                                        const Interrupt& interrupt);

}  // namespace waterfall
