#pragma once

#include "chunk.hpp"
#include "filter_bank.hpp"
#include "interrupt.hpp"
#include "lane_use.hpp"
#include "options.hpp"
#include "pipeline.hpp"
#include "progress.hpp"
#include "row_sinks.hpp"
#include "sample_source.hpp"

#include <juggle/juggle.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace waterfall {

/// The pipeline on a device of common/gpu. Once it is made, it has been seen that the device
/// computes right.
template <class Device>
class DevicePipeline final : public Pipeline {
public:
    /// A timeline, if there is one, is shown what happens.
    DevicePipeline(const Options& options, Device device, SampleSource& source,
                   Interrupt& interrupt, RowSinks sinks, juggle::Timeline* timeline);
    DevicePipeline(const DevicePipeline&) = delete;
    DevicePipeline& operator=(const DevicePipeline&) = delete;

    [[nodiscard]] juggle::Task<std::uint64_t> run() override;
    [[nodiscard]] const Progress& progress() const override { return progress_; }
    [[nodiscard]] const Lanes& lanes() const override { return lanes_; }

private:
    template <class T>
    using Resource = typename Device::template Resource<T>;
    using HostSamples = Resource<typename Device::template HostBuffer<std::byte>>;
    using HostRows = Resource<typename Device::template HostBuffer<float>>;
    using DeviceMemory = Resource<typename Device::Memory>;
    using Carry = Resource<typename FilterBank<Device>::Carry>;
    using Event = typename Device::Event;
    using Stopwatch = typename Device::Stopwatch;

    /// The memory that one chunk needs on its way. With as many of them as there are chunks in
    /// flight, a chunk waits for memory only where the one before it in the same slot is late.
    struct Slot {
        HostSamples host_samples;
        DeviceMemory device_samples;
        DeviceMemory device_rows;
        HostRows host_rows;
    };

    /// Everything a chunk will need, asked for at one moment: so each resource serves the chunks
    /// in the order of the stream, and none can wait for a later one.
    struct Tickets {
        typename HostSamples::Allocation host_samples;
        typename DeviceMemory::Allocation device_samples;
        typename Carry::Allocation carry;
        typename DeviceMemory::Allocation device_rows;
        typename HostRows::Allocation host_rows;
        juggle::Resource<RowSinks>::Allocation sinks;
    };

    /// What a chunk's stages on the device have taken.
    struct Stages {
        Stopwatch upload;
        Stopwatch compute;
        Stopwatch download;
    };

    [[nodiscard]] Slot make_slot() const;
    /// Until the end of the scope the running task's chunk is at this stage.
    [[nodiscard]] std::optional<juggle::TimelineSpan> show(const char* what) const;
    [[nodiscard]] juggle::Task<> measure(const Stages& stages, Event uploaded, Event computed,
                                         Event downloaded);
    [[nodiscard]] juggle::Task<> pass_on(RowSinks& sinks, std::span<const float> rows);
    [[nodiscard]] juggle::Task<> read_all(juggle::JobQueue& jobs);
    [[nodiscard]] juggle::Task<> process(Chunk chunk, Tickets tickets);
    [[nodiscard]] juggle::Task<> process_or_stop_reading(Chunk chunk, Tickets tickets);

    const Options& options_;
    SampleSource& source_;
    Interrupt& interrupt_;
    juggle::Timeline* timeline_;
    bool measures_lanes_;
    Device device_;
    typename Device::Queue upload_;
    typename Device::Queue compute_;
    typename Device::Queue download_;
    FilterBank<Device> bank_;
    ChunkPlanner planner_;
    std::vector<Slot> slots_;
    Carry carry_;
    juggle::Resource<RowSinks> sinks_;
    Progress progress_;
    Lanes lanes_;
    /// A kernel that a failure has left behind may still be compiling, on the driver's thread, when
    /// the process exits: PoCL crashes there.
    typename Device::template FinishAtEnd<> kernels_end_{compute_};
};

}  // namespace waterfall
