# juggle_fault_sweep_test(<example> <python> <class> <environment>): the test <example>/FaultSweep, where
# the layers are built. Not under ThreadSanitizer.
function(juggle_fault_sweep_test example python class environment)
  if(NOT TARGET juggle_cl_faults OR JUGGLE_SANITIZE MATCHES "thread")
    return()
  endif()
  add_test(NAME ${example}/FaultSweep
           COMMAND "${python}" "${PROJECT_SOURCE_DIR}/tests/programs/fault_sweep_test.py" ${class})
  set_tests_properties(
    ${example}/FaultSweep
    PROPERTIES COST 10 TIMEOUT 600
               ENVIRONMENT "${environment};JUGGLE_CL_LAYERS=$<TARGET_FILE_DIR:juggle_cl_faults>")
endfunction()
