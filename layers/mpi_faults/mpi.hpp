#pragma once

// MPI's own header, without the C++ interface that some versions still add to it.

#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
