// A CL_COMPLETE callback that was registered before its command failed must be called, with the
// command's negative status.
#include "probe.h"

static volatile int called;
static volatile cl_int told;

static void CL_CALLBACK note(cl_event event, cl_int status, void* data) {
    (void)event;
    (void)data;
    told = status;
    called = 1;
}

int main(void) {
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, 0);
    const cl_event gate = make_gate(&probe);
    const cl_event event = fill(queue, make_buffer(&probe, fill_bytes), 7, gate);
    must(clSetEventCallback(event, CL_COMPLETE, &note, NULL), "clSetEventCallback");
    must(clFlush(queue), "clFlush");
    must(clSetUserEventStatus(gate, -5), "clSetUserEventStatus");
    (void)clWaitForEvents(1, &event);
    for (int wait = 0; wait < 3000 && !called; ++wait) {
        pause_ms(1);
    }
    printf("called %d, told %d\n", called, told);
    return verdict(!called || told >= CL_COMPLETE, "the callback of a command that failed");
}
