// What the small programs here have in common: each asks one question of the driver, in plain C.
//
// Exit status: 0 the driver does what OpenCL says, or what programs like to count on, 1 it does
// not, 2 the question cannot be asked. A driver that crashes, or hangs, has answered too.
//
//   cc -std=c11 QUESTION.c -lOpenCL -pthread -o question && ./question
#ifndef JUGGLE_TESTS_DRIVERS_PROBE_H
#define JUGGLE_TESTS_DRIVERS_PROBE_H

#define _POSIX_C_SOURCE 200809L
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { as_specified = 0, fault = 1, cannot_ask = 2 };

static inline void must(cl_int status, const char* call) {
    if (status != CL_SUCCESS) {
        printf("%s: %d\n", call, status);
        exit(cannot_ask);
    }
}

// The first device of the first platform.
struct Probe {
    cl_device_id device;
    cl_context context;
};

static inline struct Probe open_probe(void) {
    setvbuf(stdout, NULL, _IONBF, 0);  // a crash loses no line
    struct Probe probe;
    cl_platform_id platform;
    cl_int status = CL_SUCCESS;
    must(clGetPlatformIDs(1, &platform, NULL), "clGetPlatformIDs");
    must(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &probe.device, NULL), "clGetDeviceIDs");
    probe.context = clCreateContext(NULL, 1, &probe.device, NULL, NULL, &status);
    must(status, "clCreateContext");
    return probe;
}

static inline cl_command_queue make_queue(const struct Probe* probe,
                                          cl_command_queue_properties properties) {
    cl_int status = CL_SUCCESS;
    cl_command_queue queue =
        clCreateCommandQueue(probe->context, probe->device, properties, &status);
    must(status, "clCreateCommandQueue");
    return queue;
}

static inline cl_mem make_buffer(const struct Probe* probe, size_t bytes) {
    cl_int status = CL_SUCCESS;
    cl_mem buffer = clCreateBuffer(probe->context, CL_MEM_READ_WRITE, bytes, NULL, &status);
    must(status, "clCreateBuffer");
    return buffer;
}

static inline cl_event make_gate(const struct Probe* probe) {
    cl_int status = CL_SUCCESS;
    cl_event gate = clCreateUserEvent(probe->context, &status);
    must(status, "clCreateUserEvent");
    return gate;
}

enum { fill_bytes = 64 };

// A command behind `after`, or behind nothing if that is null.
static inline cl_event fill(cl_command_queue queue, cl_mem buffer, cl_int value, cl_event after) {
    cl_event event = NULL;
    must(clEnqueueFillBuffer(queue, buffer, &value, sizeof value, 0, fill_bytes, after ? 1 : 0,
                             after ? &after : NULL, &event),
         "clEnqueueFillBuffer");
    return event;
}

static inline cl_int status_of(cl_event event) {
    cl_int status = 0;
    must(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL),
         "clGetEventInfo");
    return status;
}

static inline double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static inline void pause_ms(long milliseconds) {
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

// Whether the command has ended, or failed, within some seconds: a driver that has not begun it by
// then never will.
static inline int settles(cl_event event) {
    for (int wait = 0; wait < 3000; ++wait) {
        if (status_of(event) <= CL_COMPLETE) {
            return 1;
        }
        pause_ms(1);
    }
    return 0;
}

static inline int verdict(int is_fault, const char* text) {
    printf("%s: %s\n", is_fault ? "FAULT" : "as specified", text);
    return is_fault ? fault : as_specified;
}

// Of what OpenCL leaves open, and programs like to count on.
static inline int habit(int differs, const char* text) {
    printf("%s: %s\n", differs ? "NOT HERE, nor promised" : "here, though not promised", text);
    return differs ? fault : as_specified;
}

#endif
