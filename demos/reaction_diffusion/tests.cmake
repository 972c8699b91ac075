# The tests are a Python script: they look at the program from the outside.
find_package(Python3 QUIET COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  message(STATUS "reaction_diffusion is not tested: no Python 3")
  return()
endif()

set(suppressions "${PROJECT_SOURCE_DIR}/tests/programs/reaction_diffusion_lsan.supp")
set(environment
    "REACTION_DIFFUSION=$<TARGET_FILE:reaction_diffusion>"
    "POCL_CACHE_DIR=${JUGGLE_KERNEL_CACHE}"
    "LSAN_OPTIONS=suppressions=${suppressions}:print_suppressions=0")
foreach(class IN ITEMS Pictures Files Output BadInput Interrupts)
  add_test(NAME reaction_diffusion/${class}
           COMMAND "${Python3_EXECUTABLE}"
                   "${PROJECT_SOURCE_DIR}/tests/programs/reaction_diffusion_test.py" ${class})
  set_tests_properties(reaction_diffusion/${class}
                       PROPERTIES COST 5 TIMEOUT 300 ENVIRONMENT "${environment}")
endforeach()
