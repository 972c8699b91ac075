#pragma once

/* What `cuModuleLoadData` of the simulation takes: an ELF shared object for the host, such as the
 * simulated NVRTC makes, that exports the variable `juggle_cuda_simulation_image`. Nothing is
 * included here, since the simulated NVRTC compiles it with each program. */

#ifdef __cplusplus
extern "C" {
#endif

enum { juggle_cuda_simulation_image_version = 1 };

struct juggle_cuda_simulation_parameter {
    unsigned long size;
    int is_pointer; /* to memory of the device: `run` gets it as the host knows it */
};

struct juggle_cuda_simulation_function {
    const void* function; /* whose exported symbol is the kernel's name */
    /* As a `juggle_cuda_simulation_kernel`: calls the function for each thread of each block. */
    int (*run)(const unsigned* grid, const unsigned* block, void** parameters);
    const struct juggle_cuda_simulation_parameter* parameters;
    unsigned long parameter_count;
};

struct juggle_cuda_simulation_image_table {
    unsigned long version;
    const struct juggle_cuda_simulation_function* functions;
    unsigned long function_count;
};

#ifdef __cplusplus
}
#endif
