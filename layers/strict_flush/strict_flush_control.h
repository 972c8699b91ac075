#pragma once

/* How a program talks to the strict flush layer that is loaded into it, found with dlopen
 * (RTLD_NOW | RTLD_NOLOAD) and dlsym. All may be called from any thread. See docs/testing.md. */

#include <CL/cl.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many commands of the queue are held back because nobody has flushed it since. */
typedef unsigned long (*juggle_cl_strict_flush_unflushed_fn)(cl_command_queue queue);
unsigned long juggle_cl_strict_flush_unflushed(cl_command_queue queue);

/* Writes who waits, at this moment, for a command that nobody has flushed, one line each and cut to
 * `size`; returns how many there are. */
typedef unsigned long (*juggle_cl_strict_flush_report_fn)(char* text, size_t size);
unsigned long juggle_cl_strict_flush_report(char* text, size_t size);

#ifdef __cplusplus
}
#endif
