// A command behind a user event that the enqueuing thread completes must have done its work when it
// has been waited for.
#include "probe.h"

int main(void) {
    enum { rounds = 3000 };
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, 0);
    const cl_command_queue aside = make_queue(&probe, 0);
    int lost = 0;
    for (int round = 0; round < rounds; ++round) {
        unsigned char from[64];
        unsigned char to[64];
        memset(from, 7, sizeof from);
        memset(to, 0, sizeof to);
        const cl_mem buffer = make_buffer(&probe, sizeof from);
        must(clEnqueueWriteBuffer(aside, buffer, CL_TRUE, 0, sizeof from, from, 0, NULL, NULL),
             "clEnqueueWriteBuffer");
        must(clFinish(aside), "clFinish");
        const cl_event gate = make_gate(&probe);
        cl_event event = NULL;
        must(clEnqueueReadBuffer(queue, buffer, CL_FALSE, 0, sizeof to, to, 1, &gate, &event),
             "clEnqueueReadBuffer");
        must(clFlush(queue), "clFlush");
        must(clSetUserEventStatus(gate, CL_COMPLETE), "clSetUserEventStatus");
        must(clWaitForEvents(1, &event), "clWaitForEvents");
        lost += memcmp(from, to, sizeof from) != 0;
        clReleaseEvent(event);
        clReleaseEvent(gate);
        clReleaseMemObject(buffer);
    }
    printf("%d of %d reads had no effect\n", lost, rounds);
    return verdict(lost != 0, "the effect of a command behind a user event");
}
