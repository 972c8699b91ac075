// Whether a kernel's product and sum are rounded one by one. OpenCL lets compilers join them, so
// that the last bits differ from driver to driver.
#include "probe.h"

int main(void) {
    const struct Probe probe = open_probe();
    const cl_command_queue queue = make_queue(&probe, 0);
    const cl_mem buffer = make_buffer(&probe, sizeof(float));
    const char* source =
        "kernel void join(global float* out, float a, float b, float c) {"
        "    out[0] = a * b + c; }";
    cl_int status = CL_SUCCESS;
    const cl_program program = clCreateProgramWithSource(probe.context, 1, &source, NULL, &status);
    must(status, "clCreateProgramWithSource");
    must(clBuildProgram(program, 1, &probe.device, "", NULL, NULL), "clBuildProgram");
    const cl_kernel kernel = clCreateKernel(program, "join", &status);
    must(status, "clCreateKernel");
    // The square of 1 + 1/4096 is 1 + 1/2048 and a bit that is lost where the product is rounded.
    const float factor = 1.0F + 1.0F / 4096;
    const float minus = -(1.0F + 1.0F / 2048);
    must(clSetKernelArg(kernel, 0, sizeof(cl_mem), &buffer), "clSetKernelArg");
    must(clSetKernelArg(kernel, 1, sizeof factor, &factor), "clSetKernelArg");
    must(clSetKernelArg(kernel, 2, sizeof factor, &factor), "clSetKernelArg");
    must(clSetKernelArg(kernel, 3, sizeof minus, &minus), "clSetKernelArg");
    const size_t one = 1;
    must(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, NULL, 0, NULL, NULL),
         "clEnqueueNDRangeKernel");
    float result = -1;
    must(clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, sizeof result, &result, 0, NULL, NULL),
         "clEnqueueReadBuffer");
    printf("%g\n", (double)result);
    return habit(result != 0.0F, "a product and a sum are rounded one by one");
}
