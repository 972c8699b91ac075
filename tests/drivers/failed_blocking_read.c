// A blocking read whose wait list fails meanwhile must say so: it has read nothing.
#include "probe.h"

#include <pthread.h>

static void* fail(void* gate) {
    pause_ms(100);
    must(clSetUserEventStatus((cl_event)gate, -5), "clSetUserEventStatus");
    return NULL;
}

int main(void) {
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, 0);
    const cl_mem buffer = make_buffer(&probe, fill_bytes);
    const cl_event gate = make_gate(&probe);
    pthread_t thread;
    pthread_create(&thread, NULL, &fail, gate);
    cl_int read = 0;
    const cl_int status =
        clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, sizeof read, &read, 1, &gate, NULL);
    pthread_join(thread, NULL);
    printf("clEnqueueReadBuffer %d\n", status);
    return verdict(status == CL_SUCCESS, "a blocking read whose wait list fails");
}
