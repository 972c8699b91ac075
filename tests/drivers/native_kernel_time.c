// A native kernel occupies its queue for as long as it runs, whether or not it has an event.
#include "probe.h"

static void CL_CALLBACK sleep_there(void* argument) {
    (void)argument;
    pause_ms(20);
}

int main(void) {
    const struct Probe probe = open_probe();
    cl_device_exec_capabilities capabilities = 0;
    must(clGetDeviceInfo(probe.device, CL_DEVICE_EXECUTION_CAPABILITIES, sizeof capabilities,
                         &capabilities, NULL),
         "clGetDeviceInfo");
    if ((capabilities & CL_EXEC_NATIVE_KERNEL) == 0) {
        return verdict(0, "the device has no native kernels");
    }
    const cl_command_queue queue = make_queue(&probe, 0);
    const double start = now();
    int argument = 0;
    for (int time = 0; time < 10; ++time) {
        must(clEnqueueNativeKernel(queue, &sleep_there, &argument, sizeof argument, 0, NULL, NULL,
                                   0, NULL, NULL),
             "clEnqueueNativeKernel");
    }
    cl_event last = NULL;
    must(clEnqueueMarkerWithWaitList(queue, 0, NULL, &last), "clEnqueueMarkerWithWaitList");
    must(clWaitForEvents(1, &last), "clWaitForEvents");
    const double took = 1e3 * (now() - start);
    printf("10 of 20 ms took %.1f ms\n", took);
    return verdict(took < 190, "the time of native kernels without an event");
}
