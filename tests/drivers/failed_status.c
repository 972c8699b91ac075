// A command behind a user event that fails never runs: its status must be negative once it has been
// waited for.
#include "probe.h"

int main(void) {
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, 0);
    const cl_event gate = make_gate(&probe);
    const cl_event event = fill(queue, make_buffer(&probe, fill_bytes), 7, gate);
    must(clFlush(queue), "clFlush");
    must(clSetUserEventStatus(gate, -5), "clSetUserEventStatus");
    const cl_int waited = clWaitForEvents(1, &event);
    const cl_int status = status_of(event);
    printf("clWaitForEvents %d, status %d\n", waited, status);
    return verdict(status >= CL_COMPLETE, "the status of a command that failed");
}
