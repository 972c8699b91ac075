#pragma once

/* How a test talks to the simulated CUDA driver in its process, found in the library itself:
 *
 *     void* simulation = dlopen(getenv("JUGGLE_CUDA_LIBRARY"), RTLD_NOW);
 *     auto step = (juggle_cuda_simulation_step_fn)dlsym(simulation, "juggle_cuda_simulation_step");
 *
 * All may be called from any thread, except that a special stream (0, CU_STREAM_LEGACY,
 * CU_STREAM_PER_THREAD) is that of the calling thread and its current context. What is simulated and
 * what not, and the rules of its faults: docs/testing.md.
 */

#include <cuda.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Replaces the rules, as by the environment variable JUGGLE_CUDA_SIM_FAULTS, and counts from zero
 * again. Returns 0, or -1 with a message (cut to `size`) and nothing changed if the grammar is
 * violated. */
typedef int (*juggle_cuda_simulation_configure_fn)(const char* rules, char* message, size_t size);
int juggle_cuda_simulation_configure(const char* rules, char* message, size_t size);

/* How many calls there were that a pattern matches: a name, "cuStream*", "*". */
typedef unsigned long (*juggle_cuda_simulation_calls_fn)(const char* pattern);
unsigned long juggle_cuda_simulation_calls(const char* pattern);

/* How often a rule did something, and the name of the call it did it to last ("" if none). */
typedef unsigned long (*juggle_cuda_simulation_injected_fn)(void);
unsigned long juggle_cuda_simulation_injected(void);
typedef const char* (*juggle_cuda_simulation_last_fn)(void);
const char* juggle_cuda_simulation_last(void);

/* How many host functions `delay`, `reorder` or `inline` hold back whose turn has come. */
typedef unsigned long (*juggle_cuda_simulation_held_fn)(void);
unsigned long juggle_cuda_simulation_held(void);

/* Calls those on this thread, the last one first if `newest_first`; returns how many. */
typedef unsigned long (*juggle_cuda_simulation_deliver_fn)(int newest_first);
unsigned long juggle_cuda_simulation_deliver(int newest_first);

/* From now on the streams of all contexts stand still (1), but for what `step` and `settle` let run,
 * or run by themselves (0, as at first unless JUGGLE_CUDA_SIM_MANUAL is 1). Calls that wait still
 * wait: for another thread to step. */
typedef void (*juggle_cuda_simulation_manual_fn)(int manual);
void juggle_cuda_simulation_manual(int manual);

/* Lets a stream run one command, on the stream's own thread, and waits for its end. Returns 1, or 0
 * if there is none or it has to wait for another stream; -1: no such stream, or not manual. */
typedef int (*juggle_cuda_simulation_step_fn)(CUstream stream);
int juggle_cuda_simulation_step(CUstream stream);

/* Lets all streams run, one command of one stream after the other, until nothing is left that could
 * run; streams that were destroyed while they had commands too. Returns how many commands ran. Which
 * stream is next: 0: the oldest one that has anything to do; other seeds: each in an order of its
 * own. */
typedef unsigned long (*juggle_cuda_simulation_settle_fn)(unsigned seed);
unsigned long juggle_cuda_simulation_settle(unsigned seed);

/* How many commands of a stream have not ended; -1: no such stream. */
typedef long (*juggle_cuda_simulation_pending_fn)(CUstream stream);
long juggle_cuda_simulation_pending(CUstream stream);

/* The time, in milliseconds, at which events are recorded from now on; negative: that of a clock. */
typedef void (*juggle_cuda_simulation_set_time_fn)(double milliseconds);
void juggle_cuda_simulation_set_time(double milliseconds);

/* Makes a function for `cuLaunchKernel`, good in all contexts: `run` is called once for a launch, on
 * the stream's thread, with the grid (3 numbers), the block (3 numbers) and copies of the
 * parameters, whose sizes are given here. What it returns other than CUDA_SUCCESS is the end of the
 * context. It reaches device memory by `juggle_cuda_simulation_memory`. Null: no memory. */
typedef CUresult (*juggle_cuda_simulation_kernel)(const unsigned* grid, const unsigned* block,
                                                  void** parameters);
typedef CUfunction (*juggle_cuda_simulation_add_kernel_fn)(juggle_cuda_simulation_kernel run,
                                                           const size_t* sizes, size_t count);
CUfunction juggle_cuda_simulation_add_kernel(juggle_cuda_simulation_kernel run, const size_t* sizes,
                                             size_t count);

/* The memory behind `size` bytes of device memory; null if they are not in one allocation. The
 * device's own addresses are protected: a program that reads or writes there ends by SIGSEGV. */
typedef void* (*juggle_cuda_simulation_memory_fn)(CUdeviceptr address, size_t size);
void* juggle_cuda_simulation_memory(CUdeviceptr address, size_t size);

/* The end of a context (null: the current one), as by a kernel that went astray: what its streams
 * have is discarded, and nearly all calls give `error` from now on. Returns 0, -1: no such
 * context. */
typedef int (*juggle_cuda_simulation_fail_context_fn)(CUcontext context, CUresult error);
int juggle_cuda_simulation_fail_context(CUcontext context, CUresult error);

/* The same for all contexts of a device, present and future. CUDA_SUCCESS: it is there again, for
 * contexts that are made from now on. */
typedef int (*juggle_cuda_simulation_lose_device_fn)(CUdevice device, CUresult error);
int juggle_cuda_simulation_lose_device(CUdevice device, CUresult error);

/* Functions to be called on the calling thread when a call of CUDA begins and when it has ended; null:
 * none. For a test that counts allocations, or lets them fail: in a program with a sanitizer those of
 * the simulation are made where the test's are. To be set while no other thread calls CUDA. */
typedef void (*juggle_cuda_simulation_around_calls_fn)(void (*before)(void), void (*after)(void));
void juggle_cuda_simulation_around_calls(void (*before)(void), void (*after)(void));

/* How many there are of "contexts", "streams" (that were made and not destroyed), "events",
 * "modules", "device" or "host" (allocations), "threads" (of streams, special ones and those too that were
 * destroyed a moment ago or with something to do); -1: of something else. */
typedef long (*juggle_cuda_simulation_live_fn)(const char* what);
long juggle_cuda_simulation_live(const char* what);

#ifdef __cplusplus
}
#endif
