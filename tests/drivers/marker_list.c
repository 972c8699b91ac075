// A marker with a wait list waits for that list alone, in an out-of-order queue.
#include "probe.h"

int main(void) {
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
    const cl_event gate = make_gate(&probe);
    (void)fill(queue, make_buffer(&probe, fill_bytes), 7, gate);
    const cl_event open = fill(queue, make_buffer(&probe, fill_bytes), 7, NULL);
    cl_event marker = NULL;
    must(clEnqueueMarkerWithWaitList(queue, 1, &open, &marker), "clEnqueueMarkerWithWaitList");
    must(clFlush(queue), "clFlush");
    const int ended = settles(marker);
    must(clSetUserEventStatus(gate, CL_COMPLETE), "clSetUserEventStatus");
    _Exit(verdict(!ended, "a marker with a list waits for that list alone"));
}
