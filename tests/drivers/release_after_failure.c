// An out-of-order queue may be released after a command in it has failed.
#include "probe.h"

int main(void) {
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
    const cl_event gate = make_gate(&probe);
    const cl_event event = fill(queue, make_buffer(&probe, fill_bytes), 7, gate);
    must(clFlush(queue), "clFlush");
    must(clSetUserEventStatus(gate, -5), "clSetUserEventStatus");
    printf("clWaitForEvents %d\n", clWaitForEvents(1, &event));
    clReleaseEvent(event);
    clReleaseEvent(gate);
    printf("releasing the queue\n");
    must(clReleaseCommandQueue(queue), "clReleaseCommandQueue");
    return verdict(0, "an out-of-order queue is released after a command in it has failed");
}
