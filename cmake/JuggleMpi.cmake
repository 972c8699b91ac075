# Finds what juggle::mpi stands on: the target MPI::MPI_CXX, of whichever implementation CMake finds
# (choose one with MPI_HOME or MPI_CXX_COMPILER). Used by the build and by the installed package.
#
# Sets juggle_mpi_missing: what was not found, empty if it is there; and juggle_mpi_package: the Debian
# package that has it.

set(juggle_mpi_missing "")
set(juggle_mpi_package "libopenmpi-dev, or libmpich-dev")
if(NOT TARGET MPI::MPI_CXX)
  set(juggle_skip_mpicxx "${MPI_CXX_SKIP_MPICXX}")  # whose file this is included by may want it
  set(MPI_CXX_SKIP_MPICXX ON)  # the C++ interface of old, which some versions still add to mpi.h
  find_package(MPI QUIET COMPONENTS CXX)
  set(MPI_CXX_SKIP_MPICXX "${juggle_skip_mpicxx}")
endif()
if(NOT TARGET MPI::MPI_CXX)
  set(juggle_mpi_missing "MPI (mpi.h)")
endif()
