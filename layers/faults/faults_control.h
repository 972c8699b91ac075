#pragma once

/* How a program talks to the fault layer that is loaded into it, so that what goes wrong does not
 * hang on chance. The functions are found in the layer itself:
 *
 *     void* layer = dlopen(path, RTLD_NOW | RTLD_NOLOAD);    null: the layer is not loaded
 *     auto configure = (juggle_cl_faults_configure_fn)dlsym(layer, "juggle_cl_faults_configure");
 *
 * All may be called from any thread. The rules and their grammar: docs/testing.md.
 */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Replaces the rules, as by the environment variable JUGGLE_CL_FAULTS, and counts from zero again;
 * callbacks that are held back stay so. Returns 0, or -1 with a message (cut to `size`) and nothing
 * changed if the grammar is violated. */
typedef int (*juggle_cl_faults_configure_fn)(const char* rules, char* message, size_t size);
int juggle_cl_faults_configure(const char* rules, char* message, size_t size);

/* How many calls there were that a pattern matches: a name, "clEnqueue*", "*". */
typedef unsigned long (*juggle_cl_faults_calls_fn)(const char* pattern);
unsigned long juggle_cl_faults_calls(const char* pattern);

/* How often a rule did something, and the name of the call it did it to last ("" if none). */
typedef unsigned long (*juggle_cl_faults_injected_fn)(void);
unsigned long juggle_cl_faults_injected(void);
typedef const char* (*juggle_cl_faults_last_fn)(void);
const char* juggle_cl_faults_last(void);

/* How many callbacks `delay`, `reorder` or `inline` hold back whose command has ended. */
typedef unsigned long (*juggle_cl_faults_held_fn)(void);
unsigned long juggle_cl_faults_held(void);

/* Delivers those on this thread, the last one first if `newest_first`; returns how many. */
typedef unsigned long (*juggle_cl_faults_deliver_fn)(int newest_first);
unsigned long juggle_cl_faults_deliver(int newest_first);

/* What clGetEventProfilingInfo is to give for `what` (CL_PROFILING_COMMAND_START and so on) where the
 * driver gives `time`; null: just that. */
typedef unsigned long long (*juggle_cl_faults_time_fn)(unsigned int what, unsigned long long time);
typedef void (*juggle_cl_faults_forge_times_fn)(juggle_cl_faults_time_fn forge);
void juggle_cl_faults_forge_times(juggle_cl_faults_time_fn forge);

#ifdef __cplusplus
}
#endif
