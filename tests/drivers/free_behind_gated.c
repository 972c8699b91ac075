// Whether what an out-of-order queue is given behind a command that waits for a user event starts
// before that. OpenCL allows it, and asks no driver to do so.
#include "probe.h"

int main(void) {
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
    const cl_event gate = make_gate(&probe);
    (void)fill(queue, make_buffer(&probe, fill_bytes), 7, gate);
    const cl_event behind = fill(queue, make_buffer(&probe, fill_bytes), 7, NULL);
    must(clFlush(queue), "clFlush");
    const int overtakes = settles(behind);
    must(clSetUserEventStatus(gate, CL_COMPLETE), "clSetUserEventStatus");
    _Exit(habit(!overtakes, "a command overtakes one that waits, in an out-of-order queue"));
}
