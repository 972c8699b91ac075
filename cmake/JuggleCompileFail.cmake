# juggle_add_compile_fail_test(<name> <source> [<regex>]): a test that passes if the source does not
# compile and the compiler's words match the regular expression. Without one, the first line of the
# source gives it: "// expect: REGEX".
#
# The file is also the script that runs such a test.

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  if(NOT expected)
    file(STRINGS "${source}" first_line LIMIT_COUNT 1)
    if(NOT first_line MATCHES "^// expect: (.+)$")
      message(FATAL_ERROR "${source}: the first line should be: // expect: REGEX")
    endif()
    set(expected "${CMAKE_MATCH_1}")
  endif()
  set(includes_of_others "")
  if(cuda)
    set(includes_of_others -isystem "${cuda}")
  endif()
  execute_process(
    COMMAND "${compiler}" -std=c++20 -fsyntax-only -Wall -Wextra -Werror "-I${include}"
            "-I${generated}" ${includes_of_others}
            -DCL_TARGET_OPENCL_VERSION=120 -DCL_HPP_TARGET_OPENCL_VERSION=120
            -DCL_HPP_MINIMUM_OPENCL_VERSION=120 "${source}"
    RESULT_VARIABLE result
    OUTPUT_VARIABLE words
    ERROR_VARIABLE words)
  if(result EQUAL 0)
    message(FATAL_ERROR "${source} compiles, and should not")
  elseif(NOT words MATCHES "${expected}")
    message(FATAL_ERROR "${source}: nothing matches '${expected}' in\n${words}")
  endif()
  return()
endif()

set(juggle_compile_fail_script "${CMAKE_CURRENT_LIST_FILE}")

function(juggle_add_compile_fail_test name source)
  add_test(
    NAME "compile_fail: ${name}"
    COMMAND
      "${CMAKE_COMMAND}" -D "compiler=${CMAKE_CXX_COMPILER}" -D "source=${source}" -D
      "include=${PROJECT_SOURCE_DIR}/include" -D "generated=${PROJECT_BINARY_DIR}/include" -D
      "cuda=${JUGGLE_CUDA_INCLUDE_DIR}" -D "expected=${ARGN}" -P
      "${juggle_compile_fail_script}")
  set_tests_properties("compile_fail: ${name}" PROPERTIES TIMEOUT 300)
endfunction()
