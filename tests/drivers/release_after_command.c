// An out-of-order queue may be released as soon as its only command has ended.
#include "probe.h"

int main(void) {
    enum { rounds = 3000 };
    const struct Probe probe = open_probe();
    const cl_mem buffer = make_buffer(&probe, fill_bytes);
    for (int round = 0; round < rounds; ++round) {
        const cl_command_queue queue = make_queue(&probe, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
        const cl_event event = fill(queue, buffer, 7, NULL);
        must(clFlush(queue), "clFlush");
        if (!settles(event)) {
            printf("round %d: the command is still in state %d\n", round, status_of(event));
            _Exit(verdict(1, "an out-of-order queue is released after its command has ended"));
        }
        clReleaseEvent(event);
        clReleaseCommandQueue(queue);
    }
    return verdict(0, "an out-of-order queue is released after its command has ended");
}
