// A command waits for a user event, and runs when that is complete.
#include "probe.h"

int main(void) {
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, 0);
    const cl_event gate = make_gate(&probe);
    const cl_event event = fill(queue, make_buffer(&probe, fill_bytes), 7, gate);
    must(clFlush(queue), "clFlush");
    pause_ms(50);
    const int waited = status_of(event) > CL_COMPLETE;
    must(clSetUserEventStatus(gate, CL_COMPLETE), "clSetUserEventStatus");
    const int ended = settles(event);
    printf("waited %d, ended %d\n", waited, ended);
    _Exit(verdict(!waited || !ended, "a command behind a user event"));
}
