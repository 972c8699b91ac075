# The tests are a Python script: they look at the program from the outside.
find_package(Python3 QUIET COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  message(STATUS "triple is not tested: no Python 3")
  return()
endif()

set(environment
    "TRIPLE=$<TARGET_FILE:triple>"
    "TRIPLE_SANITIZE=${JUGGLE_SANITIZE}"
    "POCL_CACHE_DIR=${JUGGLE_KERNEL_CACHE}"
    "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/programs/triple_lsan.supp:print_suppressions=0")
if(TARGET juggle_cl_faults)
  list(APPEND environment "JUGGLE_CL_LAYERS=$<TARGET_FILE_DIR:juggle_cl_faults>")
endif()
foreach(class IN ITEMS Modes Race Stages Output BadInput Interrupts Timelines TimelineFiles)
  add_test(NAME triple/${class}
           COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/tests/programs/triple_test.py"
                   ${class})
  set_tests_properties(triple/${class} PROPERTIES COST 5 TIMEOUT 300 ENVIRONMENT "${environment}")
endforeach()

include("${PROJECT_SOURCE_DIR}/tests/programs/fault_sweep.cmake")
include("${PROJECT_SOURCE_DIR}/tests/programs/probe/probe.cmake")
if(juggle_can_probe)
  juggle_probed(triple)
  juggle_probe_test(triple "${Python3_EXECUTABLE}" allocation_sweep_test.py TripleOutOfMemory
                    "${environment}")
  juggle_probe_test(triple "${Python3_EXECUTABLE}" cancellation_sweep_test.py TripleStopped
                    "${environment}")
  if(NOT JUGGLE_SANITIZE)  # which keeps freed memory
    juggle_probe_test(triple "${Python3_EXECUTABLE}" soak_test.py Soak.test_triple "${environment}")
  endif()
endif()

juggle_fault_sweep_test(triple "${Python3_EXECUTABLE}" Triple "${environment}")
