# The tests are a Python script: NumPy is what the program's numbers are compared with. They run it over
# each implementation of MPI that is here, and without one.
include(JuggleMpiImplementations)
include("${PROJECT_SOURCE_DIR}/tests/programs/numpy.cmake")
juggle_find_numpy(numpy_python)
if(NOT numpy_python)
  message(STATUS "correlator is not tested: no Python 3 with NumPy (Debian: python3-numpy)")
  return()
endif()
if(NOT TARGET juggle_mpi OR JUGGLE_SANITIZE MATCHES "thread")  # which knows nothing of how ranks wait
  set(juggle_mpi_implementations "")
endif()

# The file names faults of other libraries.
set(suppressions "${PROJECT_SOURCE_DIR}/tests/programs/waterfall_lsan.supp")
foreach(implementation IN LISTS juggle_mpi_implementations ITEMS alone)
  set(target correlator_${implementation})
  if(implementation STREQUAL "alone")
    correlator_program(${target} "")
    set(ranks 1)
    set(sanitizer "")
  else()
    correlator_program(${target} juggle_${implementation})
    set(ranks 2)
    set(sanitizer ASAN_OPTIONS=detect_leaks=0)  # both implementations have some
  endif()
  juggle_own_code(${target})
  juggle_unity_build(${target})
  foreach(class IN ITEMS Exact Sky Ends BadInput)
    set(test correlator/${implementation}/${class})
    add_test(NAME ${test}
             COMMAND "${numpy_python}" "${PROJECT_SOURCE_DIR}/tests/programs/correlator_test.py"
                     ${class})
    set_tests_properties(${test} PROPERTIES COST 15 TIMEOUT 600 PROCESSORS ${ranks})
    set_property(TEST ${test} PROPERTY ENVIRONMENT
      ${juggle_mpi_environment}
      "CORRELATOR=$<TARGET_FILE:${target}>"
      "MPIEXEC=${juggle_mpiexec_${implementation}}"
      "POCL_CACHE_DIR=${JUGGLE_KERNEL_CACHE}"
      "LSAN_OPTIONS=suppressions=${suppressions}:print_suppressions=0"
      ${sanitizer})
  endforeach()
endforeach()
