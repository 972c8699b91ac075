#pragma once

// One picture of all ranks. It needs juggle::timeline, as nothing else of this bridge does: link
// that as well. Not part of <juggle/mpi.hpp>.

#include <juggle/mpi/detail/gather_timelines.hpp>
#include <juggle/mpi/detail/mpi.hpp>
#include <juggle/mpi/detail/ranks.hpp>
#include <juggle/mpi/detail/verdict.hpp>
#include <juggle/timeline.hpp>

#include <filesystem>
#include <span>

namespace juggle::inline JUGGLE_ABI::mpi {

/// How far the clock of this rank's timeline is from that of rank 0's, by round trips between the
/// two: the shortest of up to 100 counts, and the error is half of it. Zero on rank 0.
///
/// Collective, and blocks: all ranks of the communicator call it at the same place of the program.
/// Call it early, and give what it returns to `write_timeline`, so that a long recording is not
/// askew by what the clocks drift apart meanwhile: some microseconds a second.
///
/// `std::logic_error` if MPI is not there or belongs to another thread, `std::invalid_argument` for
/// an intercommunicator, `Error`.
[[nodiscard]] inline TimelineClockOffset clock_offset(MPI_Comm communicator, Timeline& timeline) {
    const detail::Ranks ranks{communicator, "mpi::clock_offset"};
    return detail::measure_offset(ranks, timeline);
}

/// One picture of what the timelines of all ranks have recorded, written by rank 0, by its clock.
/// The lanes stand together by rank: "rank 1: host". The picture says to within what the clocks
/// agree. What is a chunk of one number is the same chunk on all ranks.
///
/// Collective, and blocks: all ranks of the communicator call it at the same place of the program,
/// after what is to be seen. Their recordings are sent one after the other, so that rank 0 must
/// have the memory for all of them. `file` and `picture` are those of rank 0, the extension says
/// which form it has: see `Timeline::write`. `earlier` are this rank's offsets, measured before by
/// `clock_offset` in the same communicator, the first first; one more is measured now.
///
/// On all ranks alike: `std::invalid_argument` for another extension or for a picture that makes no
/// sense, before anything is sent, or for offsets that do not follow each other;
/// `std::system_error` if the file cannot be written; `std::runtime_error` if a rank has not the
/// memory. On this rank: `std::logic_error` if MPI is not there or belongs to another thread,
/// `std::invalid_argument` for an intercommunicator; `Error`, after which other ranks may wait for
/// this one.
inline void write_timeline(MPI_Comm communicator, Timeline& timeline,
                           const std::filesystem::path& file,
                           const TimelineRenderOptions& picture = {},
                           std::span<const TimelineClockOffset> earlier = {}) {
    const detail::Ranks ranks{communicator, "mpi::write_timeline"};
    detail::agree(ranks, [&] { Timeline::check_output(file, picture); });
    const TimelineClockOffset now = detail::measure_offset(ranks, timeline);
    if (ranks.rank() != 0) {
        detail::send_timeline(ranks, timeline, earlier, now);
    }
    detail::agree(ranks, [&] {
        Timeline all{1};
        detail::TimelineGatherer{ranks, all}.gather(timeline);
        all.write(file, picture);
    });
}

}  // namespace juggle::mpi
