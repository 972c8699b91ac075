// Commands in several queues may fail one after the other.
#include "probe.h"

int main(void) {
    enum { rounds = 300 };
    const struct Probe probe = open_probe();
    const cl_mem buffer = make_buffer(&probe, fill_bytes);
    int wrong = 0;
    for (int round = 0; round < rounds; ++round) {
        const cl_command_queue queue = make_queue(&probe, 0);
        const cl_event gate = make_gate(&probe);
        cl_event events[4];
        for (int index = 0; index < 4; ++index) {
            events[index] = fill(queue, buffer, 7, gate);
        }
        must(clFlush(queue), "clFlush");
        must(clSetUserEventStatus(gate, -5), "clSetUserEventStatus");
        for (int index = 0; index < 4; ++index) {
            wrong += clWaitForEvents(1, &events[index]) == CL_SUCCESS;
            clReleaseEvent(events[index]);
        }
        clReleaseEvent(gate);
        clReleaseCommandQueue(queue);
    }
    printf("%d of %d waits for a command that failed said success\n", wrong, 4 * rounds);
    return verdict(wrong != 0, "several commands that fail");
}
