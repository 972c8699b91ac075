# The tests are Python scripts: they are the program's peer, and NumPy is what its numbers are compared
# with.
include("${PROJECT_SOURCE_DIR}/tests/programs/numpy.cmake")
juggle_find_numpy(numpy_python)
if(NOT numpy_python)
  message(STATUS "fengine is not tested: no Python 3 with NumPy (Debian: python3-numpy)")
  return()
endif()

# The file names faults of other libraries.
set(suppressions "${PROJECT_SOURCE_DIR}/tests/programs/waterfall_lsan.supp")
set(environment
    "FENGINE=$<TARGET_FILE:fengine>"
    "POCL_CACHE_DIR=${JUGGLE_KERNEL_CACHE}"
    "LSAN_OPTIONS=suppressions=${suppressions}:print_suppressions=0")
if(JUGGLE_SANITIZE)
  list(APPEND environment "FENGINE_SANITIZED=1")
endif()
foreach(class IN ITEMS Exact Network Gains Metrics Ends Memory BadInput Spead2)
  add_test(NAME fengine/${class}
           COMMAND "${numpy_python}" "${PROJECT_SOURCE_DIR}/tests/programs/fengine_test.py"
                   ${class})
  set_tests_properties(fengine/${class} PROPERTIES COST 10 TIMEOUT 600
                                                   ENVIRONMENT "${environment}")
endforeach()

# The same on the simulated CUDA driver: a program that is fengine with --backend cuda.
set(cuda_environment "")
if(TARGET demos_cuda AND TARGET juggle_nvrtc_simulation)
  set(fengine_on_cuda "${CMAKE_CURRENT_BINARY_DIR}/fengine_on_cuda")
  file(
    GENERATE
    OUTPUT "${fengine_on_cuda}"
    CONTENT "#!/bin/sh\nexec '$<TARGET_FILE:fengine>' --backend cuda \"$@\"\n"
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  set(cuda_environment
      ${environment}
      "FENGINE=${fengine_on_cuda}"
      "JUGGLE_CUDA_LIBRARY=$<TARGET_FILE:juggle_cuda_simulation>"
      "JUGGLE_NVRTC_LIBRARY=$<TARGET_FILE:juggle_nvrtc_simulation>")
  set(cuda_classes fengine_test:Exact fengine_test:Network fengine_test:Gains fengine_test:Metrics
                   fengine_test:Ends fengine_test:Memory fengine_test:BadInput)
  if(NOT JUGGLE_SANITIZE MATCHES "thread")
    list(APPEND cuda_classes fault_sweep_test:FEngineOnCuda)
  endif()
  foreach(pair IN LISTS cuda_classes)
    string(REPLACE ":" ";" pair "${pair}")
    list(GET pair 0 script)
    list(GET pair 1 class)
    add_test(NAME fengine/cuda/${class}
             COMMAND "${numpy_python}" "${PROJECT_SOURCE_DIR}/tests/programs/${script}.py" ${class})
    set_tests_properties(fengine/cuda/${class} PROPERTIES COST 10 TIMEOUT 600
                                                          ENVIRONMENT "${cuda_environment}")
  endforeach()
endif()

include("${PROJECT_SOURCE_DIR}/tests/programs/fault_sweep.cmake")
include("${PROJECT_SOURCE_DIR}/tests/programs/probe/probe.cmake")
if(juggle_can_probe)
  juggle_probed(fengine)
  juggle_probe_test(fengine "${numpy_python}" allocation_sweep_test.py FEngineOutOfMemory
                    "${environment}")
  juggle_probe_test(fengine "${numpy_python}" cancellation_sweep_test.py FEngineStopped
                    "${environment}")
endif()

juggle_fault_sweep_test(fengine "${numpy_python}" FEngine "${environment}")
