# cmake -DPROGRAM=... -DSOURCE=... -P compare_output.cmake: runs the program and compares what it
# prints with what its source says behind the line "// prints:". There "..." stands for any text.
file(READ "${SOURCE}" expected)
string(FIND "${expected}" "\n// prints:\n" start)
if(start EQUAL -1)
  message(FATAL_ERROR "${SOURCE} does not say what it prints")
endif()
math(EXPR start "${start} + 11")  # the end of that line
string(SUBSTRING "${expected}" ${start} -1 expected)
string(REGEX REPLACE "\n// ?" "\n" expected "${expected}")

execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE output RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result} and printed\n${output}")
endif()
string(REGEX REPLACE "([][+.*?()^$|\\])" "\\\\\\1" pattern "${expected}")
string(REPLACE "\\.\\.\\." ".*" pattern "${pattern}")
if(NOT "\n${output}" MATCHES "^${pattern}$")
  message(FATAL_ERROR "${SOURCE} says that it prints:${expected}but it printed:\n${output}")
endif()
