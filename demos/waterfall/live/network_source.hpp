#pragma once

#include "interrupt.hpp"
#include "live/receiver.hpp"
#include "live/sample_ring.hpp"
#include "options.hpp"
#include "sample_source.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/io_context.hpp>

namespace waterfall {

/// Samples that come when they come. They are received by a task of its own, so that the pipeline
/// may be late by about a second before some are lost, which are counted then.
class NetworkSource final : public SampleSource {
public:
    /// What `options` asks for.
    NetworkSource(boost::asio::io_context& context, const Options& options,
                  const Interrupt& interrupt);

    [[nodiscard]] juggle::Task<std::size_t> read(std::span<std::byte> into) override;
    [[nodiscard]] std::string name() const override;
    [[nodiscard]] InputState state() const override;

    /// Receives, until the input has ended, is interrupted or has failed; `read` says which. Never
    /// throws anything but juggle::Cancelled.
    [[nodiscard]] juggle::Task<> run();

private:
    [[nodiscard]] juggle::Task<> receive();
    /// Why it has ended.
    [[nodiscard]] juggle::Task<std::string> receive_once();

    const Options& options_;
    const Interrupt& interrupt_;
    SampleRing ring_;
    std::unique_ptr<Receiver> receiver_;
    std::string trouble_;
    bool receiving_ = false;
    std::uint64_t disconnects_ = 0;
    std::exception_ptr failure_;
};

}  // namespace waterfall
