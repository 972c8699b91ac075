// Which driver this is.
#include "probe.h"

int main(void) {
    const struct Probe probe = open_probe();
    cl_platform_id platform = NULL;
    char name[200] = "";
    char device[200] = "";
    char version[200] = "";
    must(clGetDeviceInfo(probe.device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL),
         "clGetDeviceInfo");
    must(clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name, name, NULL),
         "clGetPlatformInfo");
    must(clGetDeviceInfo(probe.device, CL_DEVICE_NAME, sizeof device, device, NULL),
         "clGetDeviceInfo");
    must(clGetDeviceInfo(probe.device, CL_DRIVER_VERSION, sizeof version, version, NULL),
         "clGetDeviceInfo");
    printf("%s, %s, driver %s\n", name, device, version);
    return as_specified;
}
