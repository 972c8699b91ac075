// The same loop as a coroutine: whatever it waits for, the thread is free meanwhile.

#include "modes.hpp"

#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>
#include <juggle/opencl.hpp>

#include <vector>

namespace messages {

namespace jcl = juggle::opencl;
namespace mpi = juggle::mpi;

namespace {

// [awaiting]
juggle::Task<> serve(Line& line, Device& device, int chunks) {
    std::vector<float> chunk(floats_per_chunk);
    const jcl::FinishAtEnd commands_end_before_the_chunk{device.queue, chunk};
    for (int number = 0; number < chunks; ++number) {
        co_await mpi::start(MPI_Irecv, chunk.data(), count, MPI_FLOAT, line.before(), number,
                            MPI_COMM_WORLD);
        line.fill(chunk, number);

        device.enqueue_triple(chunk);
        co_await jcl::finish(device.queue);

        line.check(chunk, number);
        co_await mpi::start(MPI_Isend, chunk.data(), count, MPI_FLOAT, line.behind(), number,
                            MPI_COMM_WORLD);
    }
}
// [/awaiting]

}  // namespace

// [awaiting-run]
void run_awaiting(Line& line, Device& device, int chunks) {
    juggle::Executor executor;
    executor.run(serve(line, device, chunks));
}
// [/awaiting-run]

}  // namespace messages
