// A program may release its reference to an event while the command behind it has not ended.
#include "probe.h"

static volatile int called;

static void CL_CALLBACK note(cl_event event, cl_int status, void* data) {
    (void)event;
    (void)status;
    (void)data;
    called = 1;
}

int main(void) {
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, 0);
    const cl_mem buffer = make_buffer(&probe, fill_bytes);
    for (int round = 0; round < 300; ++round) {
        const cl_event gate = make_gate(&probe);
        const cl_event event = fill(queue, buffer, 7, gate);
        called = 0;
        must(clSetEventCallback(event, CL_COMPLETE, &note, NULL), "clSetEventCallback");
        must(clFlush(queue), "clFlush");
        must(clReleaseEvent(event), "clReleaseEvent");
        must(clSetUserEventStatus(gate, CL_COMPLETE), "clSetUserEventStatus");
        must(clReleaseEvent(gate), "clReleaseEvent");
        must(clFinish(queue), "clFinish");
        for (int wait = 0; wait < 3000 && !called; ++wait) {
            pause_ms(1);
        }
        if (!called) {
            _Exit(verdict(1, "the callback of an event that the program has released"));
        }
    }
    return verdict(0, "events released while their commands wait");
}
