#pragma once

#include "input_state.hpp"

#include <juggle/task.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace waterfall {

class Interrupt;
struct Options;

/// Where the samples come from.
class SampleSource {
public:
    virtual ~SampleSource() = default;

    /// Fills `into` from the front with whole samples and gives the number of bytes. Fewer than
    /// asked for mean that the input has ended or was interrupted: do not read again. One call at a
    /// time. Throws Error if the input cannot be read or ends inside a sample.
    [[nodiscard]] virtual juggle::Task<std::size_t> read(std::span<std::byte> into) = 0;

    /// For messages and for the title of the picture.
    [[nodiscard]] virtual std::string name() const = 0;

    [[nodiscard]] virtual InputState state() const { return {}; }
};

/// One whose reading blocks: it is done on another thread than the executor's.
class BlockingSource : public SampleSource {
public:
    [[nodiscard]] juggle::Task<std::size_t> read(std::span<std::byte> into) final;
    /// The same, on the thread that calls it.
    virtual std::size_t read_now(std::span<std::byte> into) = 0;
};

/// The file or the scene that `options` asks for. Throws Error if there is none.
[[nodiscard]] std::unique_ptr<BlockingSource> open_source(const Options& options,
                                                          const Interrupt& interrupt);

}  // namespace waterfall
