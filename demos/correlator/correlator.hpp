#pragma once

#include "agreement.hpp"
#include "common/host_buffer.hpp"
#include "corner_turn.hpp"
#include "correlator/setup.hpp"
#include "correlator/totals.hpp"
#include "gathering.hpp"
#include "message.hpp"
#include "ranks.hpp"

#include <juggle/job_queue.hpp>
#include <juggle/one_of.hpp>
#include <juggle/opencl/finish_at_end.hpp>
#include <juggle/opencl/resource.hpp>
#include <juggle/resource.hpp>
#include <juggle/resource_ring.hpp>
#include <juggle/task.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <stop_token>
#include <vector>

namespace correlator {

/// F, corner turn and X of several chunks at one time: while the messages of one are on their way
/// the device computes the next.
///
/// All that a chunk will need is asked for at one moment, so each resource serves the chunks in the
/// order of the input. That goes for the messages, too: all ranks have to start them in one order.
class Correlator {
public:
    /// A timeline, if there is one, is shown what happens. `ranks` and `agreement` are those of
    /// this process.
    Correlator(Setup& setup, const Ranks& ranks, Agreement& agreement, juggle::Timeline* timeline);
    Correlator(const Correlator&) = delete;
    Correlator& operator=(const Correlator&) = delete;

    /// `co_await`: until the input of one of the ranks has ended, or one was asked to stop; what
    /// all of them had begun is in the visibilities. If something is wrong here, and there are
    /// other ranks, which would wait for this one forever, all processes end with a message.
    [[nodiscard]] juggle::Task<Totals> run(std::stop_token stop);

private:
    /// Memory that a copy of the device and a message may use.
    template <class Element>
    using HostRing =
        juggle::ResourceRing<common::HostBuffer<Element>, juggle::OneOf<cl::Event, Message>>;
    using DeviceRing = juggle::ResourceRing<cl::Buffer, cl::Event>;
    using Turn = juggle::Resource<void>;

    struct ChunkTickets {
        HostRing<std::byte>::Allocation samples;
        DeviceRing::Allocation device_samples;
        DeviceRing::Allocation device_outgoing;
        HostRing<std::byte>::Allocation download;
        HostRing<std::byte>::Allocation send;
        Turn::Allocation exchange;
        HostRing<std::byte>::Allocation receive;
        HostRing<std::byte>::Allocation upload;
        DeviceRing::Allocation device_incoming;
        DeviceRing::Allocation visibilities;
        bool begins_row;
    };
    struct RowTickets {
        DeviceRing::Allocation visibilities;
        HostRing<std::int64_t>::Allocation download;
        HostRing<std::int64_t>::Allocation send;
        Turn::Allocation gathering;
        juggle::ResourceRing<std::vector<std::int64_t>, Message>::Allocation receive;
        juggle::ResourceRing<std::vector<std::int64_t>, Message>::Allocation record;
        Turn::Allocation recorder;
    };

    [[nodiscard]] juggle::Task<Totals> run_chunks(std::stop_token stop);
    [[nodiscard]] juggle::Task<> read(std::uint64_t chunk, std::span<std::byte> into);
    [[nodiscard]] ChunkTickets take_tickets(HostRing<std::byte>::Allocation samples, bool begins);
    [[nodiscard]] RowTickets take_row_tickets();
    [[nodiscard]] juggle::Task<> process(ChunkTickets tickets);
    [[nodiscard]] juggle::Task<> channelise(ChunkTickets& tickets);
    [[nodiscard]] juggle::Task<> exchange(ChunkTickets& tickets);
    [[nodiscard]] juggle::Task<> correlate(ChunkTickets& tickets);
    [[nodiscard]] juggle::Task<> finish_row(RowTickets tickets);
    [[nodiscard]] juggle::Task<> guarded(juggle::Task<> job);
    void end_all(const std::exception_ptr& problem) const;
    [[nodiscard]] DeviceRing make_device_ring(const char* name, std::size_t count,
                                              std::size_t bytes) const;
    template <class Element>
    [[nodiscard]] HostRing<Element> make_host_ring(const char* name, std::size_t count,
                                                   std::size_t size,
                                                   const cl::CommandQueue& queue) const;

    // A row may still be on its way when the next one begins.
    static constexpr std::size_t rows_on_their_way = 2;

    Setup& setup_;
    const Layout& layout_;
    const Ranks& ranks_;
    juggle::Timeline* timeline_;
    cl::CommandQueue upload_;
    cl::CommandQueue channelise_;
    cl::CommandQueue download_;
    cl::CommandQueue correlate_;
    HostRing<std::byte> samples_;
    DeviceRing device_samples_;
    DeviceRing device_outgoing_;
    HostRing<std::byte> outgoing_;
    HostRing<std::byte> incoming_;
    DeviceRing device_incoming_;
    DeviceRing visibilities_;
    HostRing<std::int64_t> rows_;
    juggle::ResourceRing<std::vector<std::int64_t>, Message> gathered_;
    DeviceRing::Slot* row_ = nullptr;  // that chunks are added to
    Turn exchange_turn_{"exchange"};
    Turn gathering_turn_{"gathering"};
    Turn recorder_turn_{"recorder"};
    Agreement& agreement_;
    CornerTurn corner_turn_;
    Gathering gathering_;
    juggle::JobQueue chunk_jobs_;
    juggle::JobQueue row_jobs_{"rows", rows_on_their_way};
    /// Kernels that a failure has left behind may still be compiling when the process exits.
    juggle::opencl::FinishAtEnd<> channelise_ends_{channelise_};
    juggle::opencl::FinishAtEnd<> correlate_ends_{correlate_};
};

}  // namespace correlator
