// A queue with CL_QUEUE_PROFILING_ENABLE gives the four times of a marker, of a barrier and of a
// fill, in this order: queued, submitted, started, ended.
#include "probe.h"

int main(void) {
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, CL_QUEUE_PROFILING_ENABLE);
    const cl_mem buffer = make_buffer(&probe, fill_bytes);
    int wrong = 0;
    for (int kind = 0; kind < 3; ++kind) {
        const char* const names[] = {"fill", "marker", "barrier"};
        cl_event event = NULL;
        if (kind == 0) {
            event = fill(queue, buffer, 7, NULL);
        } else if (kind == 1) {
            must(clEnqueueMarkerWithWaitList(queue, 0, NULL, &event), "marker");
        } else {
            must(clEnqueueBarrierWithWaitList(queue, 0, NULL, &event), "barrier");
        }
        must(clWaitForEvents(1, &event), "clWaitForEvents");
        cl_ulong times[4] = {0};
        int known = 1;
        for (int which = 0; which < 4; ++which) {
            const cl_profiling_info info = CL_PROFILING_COMMAND_QUEUED + (cl_profiling_info)which;
            const cl_int status =
                clGetEventProfilingInfo(event, info, sizeof times[which], &times[which], NULL);
            known = known && status == CL_SUCCESS;
        }
        const int right = known && times[0] != 0 && times[0] <= times[1] && times[1] <= times[2] &&
                          times[2] <= times[3];
        printf("%-7s queued %llu submitted %llu started %llu ended %llu%s\n", names[kind],
               (unsigned long long)times[0], (unsigned long long)times[1],
               (unsigned long long)times[2], (unsigned long long)times[3], right ? "" : "  WRONG");
        wrong += !right;
    }
    return verdict(wrong != 0, "the times of commands");
}
