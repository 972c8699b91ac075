// Whether what a blocking write has written is there for a command that is enqueued afterwards in
// another queue. OpenCL promises no more than that the write has taken the host's memory when it
// returns.
#include "probe.h"

int main(void) {
    enum { rounds = 3000 };
    const struct Probe probe = open_probe();
    const cl_command_queue writes = make_queue(&probe, 0);
    const cl_command_queue reads = make_queue(&probe, 0);
    int lost = 0;
    for (int round = 0; round < rounds; ++round) {
        unsigned char from[64];
        unsigned char to[64];
        memset(from, 1 + round % 200, sizeof from);
        memset(to, 0, sizeof to);
        const cl_mem buffer = make_buffer(&probe, sizeof from);
        must(clEnqueueWriteBuffer(writes, buffer, CL_TRUE, 0, sizeof from, from, 0, NULL, NULL),
             "clEnqueueWriteBuffer");
        must(clEnqueueReadBuffer(reads, buffer, CL_TRUE, 0, sizeof to, to, 0, NULL, NULL),
             "clEnqueueReadBuffer");
        lost += memcmp(from, to, sizeof from) != 0;
        clReleaseMemObject(buffer);
    }
    printf("%d of %d reads saw something else\n", lost, rounds);
    return habit(lost != 0, "a blocking write seen from another queue");
}
