// Four chunks are under way: while one is on the device, others are received and sent.

#include "buffers.hpp"
#include "modes.hpp"
#include "run_or_end_all.hpp"

#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>
#include <juggle/opencl.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace messages {

namespace jcl = juggle::opencl;
namespace mpi = juggle::mpi;

// [pass_on]
juggle::Task<> pass_on(Line& line, Device& device, int number, Ticket computing, Ticket sending) {
    co_await jcl::enqueue(device.queue, computing, [&](jcl::Commands& commands) {
        device.enqueue_triple(*computing, &commands);  // when the message has come
    });
    computing.ready();

    co_await sending.wait_events();  // until it is on the host again
    line.check(*sending, number);
    sending.ready(mpi::start(MPI_Isend, sending->data(), count, MPI_FLOAT, line.behind(), number,
                             MPI_COMM_WORLD));
}
// [/pass_on]

namespace {

// [process]
juggle::Task<> process(Line& line, Device& device, int number, Ticket receiving, Ticket computing,
                       Ticket sending) {
    co_await receiving.wait_events();  // until this buffer's last message has left it
    line.fill(*receiving, number);
    receiving.ready(mpi::start(MPI_Irecv, receiving->data(), count, MPI_FLOAT, line.before(),
                               number, MPI_COMM_WORLD));
    co_await pass_on(line, device, number, std::move(computing), std::move(sending));
}
// [/process]

// [overlapped]
juggle::Task<> serve(Line& line, Device& device, int chunks, Buffers& buffers) {
    juggle::JobQueue jobs{4};
    for (int number = 0; number < chunks; ++number) {
        Buffers::Slot& buffer = buffers.next();
        Ticket receiving = buffer.acquire();
        Ticket computing = buffer.acquire();
        Ticket sending = buffer.acquire();
        co_await jobs.push(process(line, device, number, std::move(receiving), std::move(computing),
                                   std::move(sending)));
    }
    co_await jobs.finish();
}
// [/overlapped]

}  // namespace

// [overlapped-run]
void run_overlapped(Line& line, Device& device, int chunks) {
    Buffers buffers{4, [](std::size_t) { return std::vector<float>(floats_per_chunk); }};
    juggle::Executor executor;
    run_or_end_all([&] { executor.run(serve(line, device, chunks, buffers)); });
}
// [/overlapped-run]

}  // namespace messages
