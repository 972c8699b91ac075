#pragma once

#include "fengine/gains.hpp"
#include "fengine/input_chunk.hpp"
#include "fengine/losses.hpp"
#include "fengine/options.hpp"
#include "fengine/stream_kernels.hpp"
#include "fengine/transmitter.hpp"
#include "gpu.hpp"

#include <juggle/job_queue.hpp>
#include <juggle/resource.hpp>
#include <juggle/resource_ring.hpp>
#include <juggle/task.hpp>
#include <juggle/timeline.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace fengine::ON_GPU {

/// One output: several chunks travel through filter bank, download and transmission at one time,
/// each stage taking them in the order of the input.
class Stream {
public:
    struct Counts {
        std::uint64_t lost = 0;     ///< chunks that the device did not compute
        std::uint64_t skipped = 0;  ///< heaps of which samples were missing
        std::array<std::uint64_t, polarisations> saturated{};  ///< values that were limited
    };

    /// A chunk to come, and what it will need.
    struct Work {
        std::uint64_t timestamp;
        std::vector<std::uint8_t> is_whole;  ///< for each block: whether its samples are there
    };
    struct Tickets {
        DeviceInputs::Slot::SharedAllocation input;
        juggle::Resource<gpu::Memory>::SharedAllocation gains;
        gpu::Resource<gpu::Memory>::Allocation output;
        gpu::Resource<gpu::HostBuffer<std::byte>>::Allocation host;
        juggle::Resource<void>::Allocation transmitter;
        std::size_t slot;
    };

    Stream(const Options& options, const StreamOptions& stream, const InputLayout& input,
           const gpu::Device& device, boost::asio::io_context& network, Losses& losses,
           juggle::Timeline* timeline);

    [[nodiscard]] const std::string& name() const { return options_.name; }
    [[nodiscard]] const StreamOptions& options() const { return options_; }

    /// The next chunk as a task, whose tickets are taken now. Its samples are in `input` when the
    /// tickets before have had that. `present`: InputMemory::present.
    [[nodiscard]] juggle::Task<> next(std::uint64_t timestamp,
                                      std::span<const std::uint8_t> present,
                                      DeviceInputs::Slot& input);
    /// `co_await`: starts that; waits while there are as many in flight as may be.
    [[nodiscard]] auto push(juggle::Task<> chunk) { return jobs_.push(std::move(chunk)); }
    /// `co_await`: until all has been sent, then tells the X-engines that it was all.
    [[nodiscard]] juggle::Task<> finish();

    [[nodiscard]] const Gains& gains() const { return known_gains_; }
    /// `co_await`: from the next chunk on these are the gains. Gives the timestamp from which on
    /// that is so. Throws gpu::Error if the device has no memory for them; the old ones stay then.
    [[nodiscard]] juggle::Task<std::uint64_t> set_gains(Gains gains);

    [[nodiscard]] const Counts& counts() const { return counts_; }
    [[nodiscard]] const Transmitter& transmitter() const { return transmitter_; }

private:
    struct Slot {
        gpu::Resource<gpu::Memory> output;
        gpu::Resource<gpu::HostBuffer<std::byte>> host;
    };
    [[nodiscard]] gpu::Memory on_device(const Gains& gains) const;
    [[nodiscard]] Slot make_slot() const;
    [[nodiscard]] std::vector<std::uint8_t> whole_blocks(
        std::span<const std::uint8_t> present) const;
    [[nodiscard]] Tickets take_tickets(DeviceInputs::Slot& input);
    [[nodiscard]] juggle::Task<> process(Work work, Tickets tickets);
    [[nodiscard]] juggle::Task<> compute(Work& work, Tickets& tickets);
    [[nodiscard]] juggle::Task<> transmit(const Work& work, std::span<const std::byte> output);

    const StreamOptions& options_;
    InputLayout input_;
    Losses& losses_;
    juggle::Timeline* timeline_;
    gpu::Device device_;
    gpu::Queue compute_;
    gpu::Queue download_;
    StreamKernels kernels_;
    Transmitter transmitter_;
    std::vector<Slot> slots_;
    std::size_t next_slot_ = 0;
    juggle::Resource<void> transmitter_turn_;
    Gains known_gains_;
    juggle::Resource<gpu::Memory> gains_;
    std::uint64_t next_timestamp_ = 0;
    juggle::JobQueue jobs_;
    Counts counts_;
    /// A kernel that a failure has left behind may still be compiling, on the driver's thread, when
    /// the process exits: PoCL crashes there.
    gpu::FinishAtEnd<> kernels_end_{compute_};
};

}  // namespace fengine::ON_GPU
