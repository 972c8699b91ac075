// Whether an event keeps its queue alive, so that the queue can be flushed after the program has
// released it. OpenCL does not say so.
#include "probe.h"

int main(void) {
    enum { rounds = 200 };
    const struct Probe probe = open_probe();
    const cl_mem buffer = make_buffer(&probe, fill_bytes);
    int named = 0;
    int refused = 0;
    for (int round = 0; round < rounds; ++round) {
        const cl_command_queue queue = make_queue(&probe, 0);
        const cl_event event = fill(queue, buffer, 7, NULL);
        must(clFinish(queue), "clFinish");
        clReleaseCommandQueue(queue);
        cl_command_queue known = NULL;
        if (clGetEventInfo(event, CL_EVENT_COMMAND_QUEUE, sizeof known, &known, NULL) ==
                CL_SUCCESS &&
            known != NULL) {
            ++named;
            refused += clFlush(known) != CL_SUCCESS;
        }
        clReleaseEvent(event);
    }
    printf("named %d of %d, flush refused %d\n", named, rounds, refused);
    return habit(refused != 0, "an event keeps its queue alive");
}
