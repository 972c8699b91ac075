// A command that waits for an event that has failed already is refused, or fails; it must not stay
// queued forever.
#include "probe.h"

int main(void) {
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, 0);
    const cl_mem buffer = make_buffer(&probe, fill_bytes);
    const cl_event gate = make_gate(&probe);
    must(clSetUserEventStatus(gate, -5), "clSetUserEventStatus");
    const cl_int value = 7;
    cl_event event = NULL;
    const cl_int status =
        clEnqueueFillBuffer(queue, buffer, &value, sizeof value, 0, fill_bytes, 1, &gate, &event);
    if (status != CL_SUCCESS) {
        printf("refused: %d\n", status);
        return verdict(0, "a command behind an event that has failed");
    }
    must(clFlush(queue), "clFlush");
    const int settled = settles(event);
    printf("status %d\n", status_of(event));
    return verdict(!settled || status_of(event) >= CL_COMPLETE,
                   "a command behind an event that has failed");
}
