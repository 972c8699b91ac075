# juggle_find_numpy(<variable>): a Python 3 with NumPy, or nothing.
function(juggle_find_numpy variable)
  find_package(Python3 QUIET COMPONENTS Interpreter)
  set(${variable} "" PARENT_SCOPE)
  foreach(candidate IN ITEMS "${Python3_EXECUTABLE}" /usr/bin/python3)
    execute_process(COMMAND "${candidate}" -c "import numpy" RESULT_VARIABLE failed OUTPUT_QUIET
                    ERROR_QUIET)
    if(failed EQUAL 0)
      set(${variable} "${candidate}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()
