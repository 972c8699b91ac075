#pragma once

#include "row_sinks.hpp"

#include <juggle/bridge/idle_source.hpp>
#include <juggle/task.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace waterfall {

class Interrupt;
class Pipeline;
class SampleSource;
struct Options;

/// Samples that come from the network, browsers that are shown the rows, and the loop in which the
/// executor waits for both.
class Network {
public:
    virtual ~Network() = default;

    [[nodiscard]] virtual juggle::bridge::IdleSource& loop() = 0;
    /// Null if samples come from elsewhere.
    [[nodiscard]] virtual SampleSource* source() = 0;
    /// Listens for browsers from now on, if there are to be any. `source_name`: of wherever the
    /// samples come from.
    virtual void serve(const std::string& source_name) = 0;
    /// Empty if there are no browsers.
    [[nodiscard]] virtual RowSinks::Show show() = 0;

    /// Runs the pipeline, which takes its samples from `source`, and what it needs meanwhile; gives
    /// what the pipeline gives.
    [[nodiscard]] virtual juggle::Task<std::uint64_t> run(Pipeline& pipeline,
                                                          SampleSource& source) = 0;
};

/// Null if `options` asks for nothing of it.
[[nodiscard]] std::unique_ptr<Network> make_network(const Options& options,
                                                    const Interrupt& interrupt);

}  // namespace waterfall
