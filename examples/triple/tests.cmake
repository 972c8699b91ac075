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

# The program on a simulated CUDA driver, whose kernels a simulated NVRTC compiles.
if(TARGET demos_gpu_cuda AND TARGET juggle_nvrtc_simulation)
  set(on_cuda
      "JUGGLE_TEST_BACKEND=cuda"
      "JUGGLE_CUDA_LIBRARY=$<TARGET_FILE:juggle_cuda_simulation>"
      "JUGGLE_NVRTC_LIBRARY=$<TARGET_FILE:juggle_nvrtc_simulation>")
endif()
# triple_test(<name> <script> <class> <environment>...)
function(triple_test name script class)
  add_test(NAME ${name}
           COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/tests/programs/${script}" ${class})
  set_tests_properties(${name} PROPERTIES COST 5 TIMEOUT 600 ENVIRONMENT "${environment};${ARGN}")
endfunction()
foreach(class IN ITEMS Modes Race Stages Output BadInput Interrupts Timelines TimelineFiles)
  if(TARGET demos_gpu_opencl)
    triple_test(triple/${class} triple_test.py ${class})
  endif()
  if(on_cuda)
    triple_test(triple/cuda/${class} triple_test.py ${class} ${on_cuda})
  endif()
endforeach()

include("${PROJECT_SOURCE_DIR}/tests/programs/fault_sweep.cmake")
include("${PROJECT_SOURCE_DIR}/tests/programs/probe/probe.cmake")
if(juggle_can_probe)
  juggle_probed(triple)
endif()
if(juggle_can_probe AND TARGET demos_gpu_opencl)
  juggle_probe_test(triple "${Python3_EXECUTABLE}" allocation_sweep_test.py TripleOutOfMemory
                    "${environment}")
  juggle_probe_test(triple "${Python3_EXECUTABLE}" cancellation_sweep_test.py TripleStopped
                    "${environment}")
  if(NOT JUGGLE_SANITIZE)  # which keeps freed memory
    juggle_probe_test(triple "${Python3_EXECUTABLE}" soak_test.py Soak.test_triple "${environment}")
  endif()
endif()
if(juggle_can_probe AND on_cuda)
  set(probed "TRIPLE_PROBED=$<TARGET_FILE:triple_probed>")
  triple_test(triple/cuda/OutOfMemory allocation_sweep_test.py TripleOutOfMemory ${on_cuda} ${probed})
  triple_test(triple/cuda/Stopped cancellation_sweep_test.py TripleStopped ${on_cuda} ${probed})
endif()

juggle_fault_sweep_test(triple "${Python3_EXECUTABLE}" Triple "${environment}")
if(on_cuda AND NOT JUGGLE_SANITIZE MATCHES "thread")
  triple_test(triple/cuda/FaultSweep fault_sweep_test.py TripleOnCuda ${on_cuda})
endif()
