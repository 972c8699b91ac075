// A loop that blocks three times a chunk: for one neighbour, for the device, and for the other.

#include "modes.hpp"

#include <vector>

namespace messages {

// [blocking]
void run_blocking(Line& line, Device& device, int chunks) {
    std::vector<float> chunk(floats_per_chunk);
    for (int number = 0; number < chunks; ++number) {
        MPI_Recv(chunk.data(), count, MPI_FLOAT, line.before(), number, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);  // the thread waits here
        line.fill(chunk, number);

        device.enqueue_triple(chunk);
        device.queue.finish();  // here

        line.check(chunk, number);
        MPI_Send(chunk.data(), count, MPI_FLOAT, line.behind(), number,
                 MPI_COMM_WORLD);  // and here
    }
}
// [/blocking]

}  // namespace messages
