# The tests are a Python script: they look at the program from the outside, and NumPy is what
# its numbers are compared with.
include("${PROJECT_SOURCE_DIR}/tests/programs/numpy.cmake")
juggle_find_numpy(numpy_python)
if(NOT numpy_python)
  message(STATUS "waterfall is not tested: no Python 3 with NumPy (Debian: python3-numpy)")
  return()
endif()

# The file names faults of other libraries.
set(suppressions "${PROJECT_SOURCE_DIR}/tests/programs/waterfall_lsan.supp")
set(environment
    "WATERFALL=$<TARGET_FILE:waterfall>"
    "POCL_CACHE_DIR=${JUGGLE_KERNEL_CACHE}"
    "LSAN_OPTIONS=suppressions=${suppressions}:print_suppressions=0")
if(JUGGLE_SANITIZE)
  list(APPEND environment "WATERFALL_SANITIZED=1")
endif()
foreach(class IN ITEMS Spectra SpectraOfEachSize Sources Files BadInput Interrupts Memory ProgressLine
                       Timelines TimelineFiles)
  add_test(NAME waterfall/${class}
           COMMAND "${numpy_python}" "${PROJECT_SOURCE_DIR}/tests/programs/waterfall_test.py"
                   ${class})
  set_tests_properties(waterfall/${class} PROPERTIES COST 20 TIMEOUT 600
                                                     ENVIRONMENT "${environment}")
endforeach()

# The same on the simulated CUDA driver: a program that is waterfall with --backend cuda.
set(cuda_environment "")
if(TARGET demos_cuda AND TARGET juggle_nvrtc_simulation)
  set(waterfall_on_cuda "${CMAKE_CURRENT_BINARY_DIR}/waterfall_on_cuda")
  file(
    GENERATE
    OUTPUT "${waterfall_on_cuda}"
    CONTENT "#!/bin/sh\nexec '$<TARGET_FILE:waterfall>' --backend cuda \"$@\"\n"
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  set(cuda_environment
      "WATERFALL=${waterfall_on_cuda}"
      "WATERFALL_OPENCL=$<TARGET_FILE:waterfall>"
      "JUGGLE_CUDA_LIBRARY=$<TARGET_FILE:juggle_cuda_simulation>"
      "JUGGLE_NVRTC_LIBRARY=$<TARGET_FILE:juggle_nvrtc_simulation>"
      "POCL_CACHE_DIR=${JUGGLE_KERNEL_CACHE}"
      "LSAN_OPTIONS=suppressions=${suppressions}:print_suppressions=0")
  if(JUGGLE_SANITIZE)
    list(APPEND cuda_environment "WATERFALL_SANITIZED=1")
  endif()
  foreach(class IN ITEMS Spectra SpectraOfEachSize Sources Files BadInput Interrupts Memory ProgressLine
                         Timelines OnCuda)
    add_test(NAME waterfall/cuda/${class}
             COMMAND "${numpy_python}" "${PROJECT_SOURCE_DIR}/tests/programs/waterfall_test.py"
                     ${class})
    set_tests_properties(waterfall/cuda/${class} PROPERTIES COST 20 TIMEOUT 600
                                                            ENVIRONMENT "${cuda_environment}")
  endforeach()
  if(NOT JUGGLE_SANITIZE MATCHES "thread")
    add_test(NAME waterfall/cuda/FaultSweep
             COMMAND "${numpy_python}" "${PROJECT_SOURCE_DIR}/tests/programs/fault_sweep_test.py"
                     WaterfallOnCuda)
    set_tests_properties(
      waterfall/cuda/FaultSweep PROPERTIES COST 20 TIMEOUT 600
                                           ENVIRONMENT "${cuda_environment};WATERFALL=$<TARGET_FILE:waterfall>")
  endif()
endif()

# From the network and in a browser.
if(TARGET demos_network)
  set(live_classes NetworkInputs BadNetworkInput Served BadClients)
  find_program(JUGGLE_CHROMIUM NAMES chromium chromium-browser)
  mark_as_advanced(JUGGLE_CHROMIUM)
  if(JUGGLE_CHROMIUM)
    list(APPEND live_classes InABrowser)
  else()
    message(STATUS "waterfall's page is not tested in a browser: no chromium (Debian: chromium)")
    set(JUGGLE_CHROMIUM "")
  endif()
  foreach(class IN LISTS live_classes)
    add_test(NAME waterfall/${class}
             COMMAND "${numpy_python}"
                     "${PROJECT_SOURCE_DIR}/tests/programs/waterfall_live_test.py" ${class})
    set_tests_properties(waterfall/${class} PROPERTIES
      COST 20 TIMEOUT 600 ENVIRONMENT "${environment};CHROMIUM=${JUGGLE_CHROMIUM}")
  endforeach()
  if(cuda_environment)
    foreach(class IN ITEMS NetworkInputs Served)
      add_test(NAME waterfall/cuda/${class}
               COMMAND "${numpy_python}"
                       "${PROJECT_SOURCE_DIR}/tests/programs/waterfall_live_test.py" ${class})
      set_tests_properties(waterfall/cuda/${class} PROPERTIES COST 20 TIMEOUT 600
                                                              ENVIRONMENT "${cuda_environment}")
    endforeach()
  endif()
endif()

# What becomes of the process, for other examples, too: whoever has what this one needs has theirs.
set(programs "")
foreach(example IN ITEMS producer_consumer reaction_diffusion supervisor triple)
  string(TOUPPER ${example} variable)
  list(APPEND programs "${variable}=$<TARGET_FILE:${example}>")
endforeach()
foreach(class IN ITEMS WaterfallMoments ReactionDiffusionMoments WaterfallFullDisk WaterfallInput
                       TwoRuns ClosedPipes)
  add_test(NAME process/${class}
           COMMAND "${numpy_python}" "${PROJECT_SOURCE_DIR}/tests/programs/process_test.py" ${class})
  set_tests_properties(process/${class} PROPERTIES COST 15 TIMEOUT 600
                                                   ENVIRONMENT "${environment};${programs}")
endforeach()

include("${PROJECT_SOURCE_DIR}/tests/programs/fault_sweep.cmake")
include("${PROJECT_SOURCE_DIR}/tests/programs/probe/probe.cmake")
if(juggle_can_probe)
  juggle_probed(waterfall)
  juggle_probe_test(waterfall "${numpy_python}" allocation_sweep_test.py WaterfallOutOfMemory
                    "${environment}")
  juggle_probe_test(waterfall "${numpy_python}" cancellation_sweep_test.py WaterfallStopped
                    "${environment}")
  juggle_probe_test(waterfall "${numpy_python}" file_sweep_test.py WaterfallFileCalls
                    "${environment}")
  if(NOT JUGGLE_SANITIZE)  # which keeps freed memory
    juggle_probe_test(waterfall "${numpy_python}" soak_test.py Soak.test_waterfall "${environment}")
  endif()
endif()

juggle_fault_sweep_test(waterfall "${numpy_python}" Waterfall "${environment}")
