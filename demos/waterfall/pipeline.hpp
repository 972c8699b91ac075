#pragma once

#include "chunk.hpp"
#include "common/host_buffer.hpp"
#include "common/opencl.hpp"
#include "filter_bank.hpp"
#include "interrupt.hpp"
#include "lane_use.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "row_sinks.hpp"
#include "sample_source.hpp"

#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <CL/opencl.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace waterfall {

/// Samples in, rows out: several chunks travel through reading, upload, filter bank, download
/// and writing at one time, each stage taking them in the order of the stream.
class Pipeline {
public:
    /// A timeline, if there is one, is shown what happens.
    Pipeline(const Options& options, const cl::Device& device, SampleSource& source,
             Interrupt& interrupt, RowSinks sinks, juggle::Timeline* timeline);
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    /// Runs until the input ends or is interrupted and all is written; gives the number of
    /// rows. On a failure nothing is written under the final names.
    [[nodiscard]] juggle::Task<std::uint64_t> run();

    [[nodiscard]] const Progress& progress() const { return progress_; }

    /// What the parts were at work, if the rows are shown live.
    struct Lanes {
        LaneUse upload;
        LaneUse compute;
        LaneUse download;
        LaneUse write;
    };
    [[nodiscard]] const Lanes& lanes() const { return lanes_; }

private:
    using HostSamples = juggle::opencl::Resource<common::HostBuffer<std::byte>>;
    using HostRows = juggle::opencl::Resource<common::HostBuffer<float>>;
    using DeviceBuffer = juggle::opencl::Resource<cl::Buffer>;
    using Carry = juggle::opencl::Resource<FilterBank::Carry>;

    /// The memory that one chunk needs on its way. With as many of them as there are chunks in
    /// flight, a chunk waits for memory only where the one before it in the same slot is late.
    struct Slot {
        HostSamples host_samples;
        DeviceBuffer device_samples;
        DeviceBuffer device_rows;
        HostRows host_rows;
    };

    /// Everything a chunk will need, asked for at one moment: so each resource serves the chunks
    /// in the order of the stream, and none can wait for a later one.
    struct Tickets {
        HostSamples::Allocation host_samples;
        DeviceBuffer::Allocation device_samples;
        Carry::Allocation carry;
        DeviceBuffer::Allocation device_rows;
        HostRows::Allocation host_rows;
        juggle::Resource<RowSinks>::Allocation sinks;
    };

    [[nodiscard]] Slot make_slot() const;
    /// Until the end of the scope the running task's chunk is at this stage.
    [[nodiscard]] std::optional<juggle::TimelineSpan> show(const char* what) const;
    [[nodiscard]] juggle::Task<> measure(cl::Event uploaded, cl::Event computed,
                                         cl::Event downloaded);
    [[nodiscard]] juggle::Task<> pass_on(RowSinks& sinks, std::span<const float> rows);
    [[nodiscard]] juggle::Task<> read_all(juggle::JobQueue& jobs);
    [[nodiscard]] juggle::Task<> process(Chunk chunk, Tickets tickets);
    [[nodiscard]] juggle::Task<> process_or_stop_reading(Chunk chunk, Tickets tickets);

    const Options& options_;
    SampleSource& source_;
    Interrupt& interrupt_;
    juggle::Timeline* timeline_;
    bool measures_lanes_;
    cl::Context context_;
    cl::CommandQueue upload_;
    cl::CommandQueue compute_;
    cl::CommandQueue download_;
    FilterBank bank_;
    ChunkPlanner planner_;
    std::vector<Slot> slots_;
    Carry carry_;
    juggle::Resource<RowSinks> sinks_;
    Progress progress_;
    Lanes lanes_;
    /// A kernel that a failure has left behind may still be compiling, on the driver's thread, when
    /// the process exits: PoCL crashes there.
    juggle::opencl::FinishAtEnd<> kernels_end_{compute_};
};

}  // namespace waterfall
