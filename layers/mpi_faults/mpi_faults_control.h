#pragma once

/* How a program talks to the MPI fault layer that is loaded into it. The functions are found by
 * name:
 *
 *     auto configure = (juggle_mpi_faults_configure_fn)
 *         dlsym(RTLD_DEFAULT, "juggle_mpi_faults_configure");    null: the layer is not loaded
 *
 * All may be called from any thread. The rules and their grammar: docs/testing.md.
 */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Replaces the rules, as by the environment variable JUGGLE_MPI_FAULTS but for this process alone,
 * and counts from zero again. Returns 0, or -1 with a message (cut to `size`) and nothing changed
 * if the grammar is violated. */
typedef int (*juggle_mpi_faults_configure_fn)(const char* rules, char* message, size_t size);
int juggle_mpi_faults_configure(const char* rules, char* message, size_t size);

/* How many calls there were that a pattern matches: a name, "MPI_Test*", "*". */
typedef unsigned long (*juggle_mpi_faults_calls_fn)(const char* pattern);
unsigned long juggle_mpi_faults_calls(const char* pattern);

/* How often a rule did something, and the name of the call it did it to last ("" if none). */
typedef unsigned long (*juggle_mpi_faults_injected_fn)(void);
unsigned long juggle_mpi_faults_injected(void);
typedef const char* (*juggle_mpi_faults_last_fn)(void);
const char* juggle_mpi_faults_last(void);

#ifdef __cplusplus
}
#endif
