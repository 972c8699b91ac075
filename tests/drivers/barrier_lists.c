// A barrier in an out-of-order queue holds back what comes behind it until what it waits for has
// ended: everything so far, or its list. Behind it the queue goes on.
#include "probe.h"

int main(void) {
    const struct Probe probe = open_probe();
    int wrong = 0;
    for (int with_list = 0; with_list < 2; ++with_list) {
        const cl_command_queue queue = make_queue(&probe, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
        const cl_event gate = make_gate(&probe);
        const cl_event before = fill(queue, make_buffer(&probe, fill_bytes), 7, gate);
        cl_event barrier = NULL;
        must(clEnqueueBarrierWithWaitList(queue, with_list ? 1 : 0, with_list ? &before : NULL,
                                          &barrier),
             "clEnqueueBarrierWithWaitList");
        const cl_event behind = fill(queue, make_buffer(&probe, fill_bytes), 7, NULL);
        must(clFlush(queue), "clFlush");
        pause_ms(100);
        const int early = status_of(barrier) == CL_COMPLETE || status_of(behind) == CL_COMPLETE;
        must(clSetUserEventStatus(gate, CL_COMPLETE), "clSetUserEventStatus");
        const int ended = settles(before) && settles(barrier) && settles(behind);
        printf("%s list: %s, %s\n", with_list ? "with a" : "without", early ? "EARLY" : "in time",
               ended ? "ended" : "NEVER ENDED");
        wrong += early || !ended;
    }
    _Exit(verdict(wrong != 0, "barriers in an out-of-order queue"));
}
