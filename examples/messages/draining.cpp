// The first rank ends when it wants to, or is asked to stop; the others hear of it by a message.

#include "buffers.hpp"
#include "modes.hpp"
#include "run_or_end_all.hpp"

#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <utility>
#include <vector>

namespace messages {

namespace mpi = juggle::mpi;
using namespace std::chrono_literals;

namespace {

// [take_in]
/// An empty message is the end.
juggle::Task<bool> receive(Line& line, Ticket& receiving, int number) {
    const mpi::Event message = mpi::start(MPI_Irecv, receiving->data(), count, MPI_FLOAT,
                                          line.before(), number, MPI_COMM_WORLD);
    receiving.track(message);  // however this ends, the memory waits for the message
    const mpi::Status status = co_await message;
    co_return status.count(MPI_FLOAT) != 0;
}

juggle::Task<> take_in(Line& line, Device& device, int chunks, Buffers& buffers,
                       juggle::JobQueue& jobs, int& passed_on) {
    while (passed_on < chunks || !line.is_first()) {
        Buffers::Slot& buffer = buffers.next();
        Ticket receiving = buffer.acquire();
        Ticket computing = buffer.acquire();
        Ticket sending = buffer.acquire();
        co_await receiving.wait_events();
        bool more = true;
        if (line.is_first()) {
            line.fill(*receiving, passed_on);
        } else {
            more = co_await receive(line, receiving, passed_on);
        }
        receiving.ready();
        if (!more) {
            break;
        }
        co_await jobs.push(
            pass_on(line, device, passed_on, std::move(computing), std::move(sending)));
        ++passed_on;
    }
}
// [/take_in]

// [draining]
juggle::Task<> serve(Line& line, Device& device, int chunks, Buffers& buffers) {
    juggle::JobQueue jobs{4};
    int passed_on = 0;
    try {
        co_await take_in(line, device, chunks, buffers, jobs, passed_on);
    } catch (const juggle::Cancelled&) {  // NOLINT(bugprone-empty-catch): it was asked to stop
    }
    co_await jobs.finish();
    co_await mpi::start(MPI_Isend, nullptr, 0, MPI_FLOAT, line.behind(), passed_on, MPI_COMM_WORLD);
}

// [/draining]

}  // namespace

// [draining-run]
void run_draining(Line& line, Device& device, int chunks, std::stop_token stop) {
    juggle::ExecutorOptions options;
    options.report_waits_after = 10s;  // what hangs is told of: which message, at which line
    Buffers buffers{4, [](std::size_t) { return std::vector<float>(floats_per_chunk); }};
    juggle::Executor executor{std::move(options)};
    run_or_end_all([&] {
        executor.run(serve(line, device, chunks, buffers),
                     line.is_first() ? std::move(stop) : std::stop_token{});
    });
}
// [/draining-run]

}  // namespace messages
