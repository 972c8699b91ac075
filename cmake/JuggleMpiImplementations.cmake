# For tests, demos and benchmarks of juggle::mpi: the implementations of MPI that are here, each under its
# own name, since Debian has several side by side. A user chooses one, and needs none of this.
#
# Sets juggle_mpi_implementations, such as "openmpi;mpich": for each there is a target
# juggle_<implementation>, which is juggle::mpi over it, and the variable juggle_mpiexec_<implementation>.

set(juggle_mpi_implementations "")
set(juggle_mpi_pc_openmpi ompi-c)
set(juggle_mpi_pc_mpich mpich)

find_package(PkgConfig QUIET)
foreach(implementation IN ITEMS openmpi mpich)
  find_program(JUGGLE_MPIEXEC_${implementation} mpiexec.${implementation})
  mark_as_advanced(JUGGLE_MPIEXEC_${implementation})
  if(PkgConfig_FOUND AND JUGGLE_MPIEXEC_${implementation})
    pkg_check_modules(juggle_pc_${implementation} QUIET IMPORTED_TARGET
                      ${juggle_mpi_pc_${implementation}})
  endif()
  if(TARGET PkgConfig::juggle_pc_${implementation} AND NOT TARGET juggle_${implementation})
    add_library(juggle_${implementation} INTERFACE)
    target_link_libraries(juggle_${implementation} INTERFACE juggle::juggle
                                                             PkgConfig::juggle_pc_${implementation})
    # pkg-config gives plain -I
    target_include_directories(juggle_${implementation} SYSTEM INTERFACE
                               ${juggle_pc_${implementation}_INCLUDE_DIRS})
  endif()
  if(TARGET juggle_${implementation})
    list(APPEND juggle_mpi_implementations ${implementation})
    set(juggle_mpiexec_${implementation} "${JUGGLE_MPIEXEC_${implementation}}")
  endif()
endforeach()

# On other systems: the one that CMake has found.
if(NOT juggle_mpi_implementations AND MPIEXEC_EXECUTABLE)
  set(juggle_mpi_implementations default)
  if(NOT TARGET juggle_default)
    add_library(juggle_default INTERFACE)
    target_link_libraries(juggle_default INTERFACE juggle::mpi)
  endif()
  set(juggle_mpiexec_default "${MPIEXEC_EXECUTABLE}")
endif()

# As OpenMPI wants it where there are fewer cores than ranks, and in a container; MPICH does not mind.
# Of both each rank would take a core for itself, all ranks of all tests the same ones. OpenMPI 5 has
# other names for it (PRTE_...).
set(juggle_mpi_environment
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
    OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
    PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe PRTE_MCA_hwloc_default_binding_policy=none)
if(JUGGLE_SANITIZE)
  # UCX, which is below Debian's MPICH, puts its own functions in place of mmap and the like, and Clang's
  # AddressSanitizer, too.
  set(juggle_mpi_suppressions "${PROJECT_SOURCE_DIR}/tests/mpi")
  list(APPEND juggle_mpi_environment UCX_MEM_EVENTS=no
       "TSAN_OPTIONS=suppressions=${juggle_mpi_suppressions}/tsan.supp:print_suppressions=0")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # It cannot suppress leaks of what is unloaded by then, as Clang's does.
    list(APPEND juggle_mpi_environment LSAN_OPTIONS=detect_leaks=0)
  else()
    list(APPEND juggle_mpi_environment
         "LSAN_OPTIONS=suppressions=${juggle_mpi_suppressions}/lsan.supp:print_suppressions=0")
  endif()
endif()

# juggle_add_mpi_test(<name> <implementation> <ranks> <command>...): the test mpi/<name>.
function(juggle_add_mpi_test name implementation ranks)
  add_test(NAME mpi/${name} COMMAND "${juggle_mpiexec_${implementation}}" -n ${ranks} ${ARGN})
  set_tests_properties(mpi/${name} PROPERTIES TIMEOUT 600 PROCESSORS ${ranks}
                                              ENVIRONMENT "${juggle_mpi_environment}")
endfunction()
