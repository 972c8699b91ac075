// A buffer is downloaded from a device, then sent: one ready() hands it on to the message.
#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>
#include <juggle/opencl.hpp>

#include <cstdio>
#include <vector>

namespace jcl = juggle::opencl;
namespace mpi = juggle::mpi;

constexpr int chunks = 3;
constexpr int count = 1024;
using Buffer = juggle::Resource<std::vector<float>, juggle::OneOf<cl::Event, mpi::Event>>;

juggle::Task<> send() {
    cl::Context context{CL_DEVICE_TYPE_ALL};
    cl::CommandQueue queue{context};
    cl::Buffer device{context, CL_MEM_READ_WRITE, count * sizeof(float)};
    Buffer buffer{std::vector<float>(count)};
    for (int number = 0; number < chunks; ++number) {
        auto filling = buffer.acquire();
        auto sending = buffer.acquire();
        co_await jcl::enqueue(queue, filling, [&](jcl::Commands& commands) {
            queue.enqueueFillBuffer(device, static_cast<float>(number), 0, count * sizeof(float));
            queue.enqueueReadBuffer(device, CL_FALSE, 0, count * sizeof(float), filling->data(),
                                    commands.wait_list(), commands.event());
        });
        filling.ready();                 // guarded by the download
        co_await sending.wait_events();  // until that has ended
        sending.ready(mpi::start(MPI_Isend, sending->data(), count, MPI_FLOAT, 1, number,
                                 MPI_COMM_WORLD));  // guarded by the message
    }
}

juggle::Task<> receive() {
    std::vector<float> chunk(count);
    for (int number = 0; number < chunks; ++number) {
        co_await mpi::start(MPI_Irecv, chunk.data(), count, MPI_FLOAT, 0, number, MPI_COMM_WORLD);
        std::printf("chunk of %g\n", static_cast<double>(chunk.back()));
    }
}

int main(int argc, char** argv) {  // mpiexec -n 2
    int level = MPI_THREAD_SINGLE;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    {
        juggle::Executor executor;
        executor.run(rank == 0 ? send() : receive());
    }
    MPI_Finalize();
}

// prints:
// chunk of 0
// chunk of 1
// chunk of 2
