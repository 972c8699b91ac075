# juggle_probed(<example>): the target <example>_probed, which is the program <example> with a probe
# in it (see probe.hpp). Its sources are not compiled again: the linker sends calls elsewhere.

set(juggle_probe_folder "${CMAKE_CURRENT_LIST_DIR}")

# Executor::run_to_end, as the linker knows it: in the inline namespace JUGGLE_ABI.
set(juggle_abi "v${juggle_VERSION_MAJOR}_${juggle_VERSION_MINOR}")
if(JUGGLE_CHECKS)
  string(APPEND juggle_abi "_checked")
endif()
string(LENGTH "${juggle_abi}" length)
set(juggle_run_to_end
    "_ZN6juggle${length}${juggle_abi}8Executor10run_to_endERNS0_6detail11SpawnedTaskESt10stop_token")

# operator new cannot be replaced under ThreadSanitizer of Clang.
set(juggle_can_probe ON)
if(JUGGLE_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(juggle_can_probe OFF)
endif()

function(juggle_probed example)
  set(target ${example}_probed)
  if(NOT TARGET juggle_probe)
    add_library(juggle_probe OBJECT
      "${juggle_probe_folder}/allocations.cpp" "${juggle_probe_folder}/executor.cpp"
      "${juggle_probe_folder}/files.cpp" "${juggle_probe_folder}/probe.cpp")
    juggle_own_code(juggle_probe)
    target_link_libraries(juggle_probe PRIVATE juggle::juggle)
    target_compile_definitions(juggle_probe PRIVATE "JUGGLE_RUN_TO_END=\"${juggle_run_to_end}\"")
  endif()
  add_executable(${target} $<TARGET_OBJECTS:${example}> $<TARGET_OBJECTS:juggle_probe>)
  target_link_libraries(${target} PRIVATE $<TARGET_PROPERTY:${example},LINK_LIBRARIES>)
  foreach(symbol IN ITEMS main ${juggle_run_to_end} open flock ftruncate pwrite fsync fcntl close rename
                          mkdir)
    target_link_options(${target} PRIVATE "LINKER:--wrap=${symbol}")
  endforeach()
endfunction()

# juggle_probe_test(<example> <python> <script> <class> <environment>): the test <example>/<class>
# is a class of a Python script that runs <example>_probed.
function(juggle_probe_test example python script class environment)
  string(TOUPPER ${example} variable)
  add_test(NAME ${example}/${class}
           COMMAND "${python}" "${PROJECT_SOURCE_DIR}/tests/programs/${script}" ${class})
  set_tests_properties(
    ${example}/${class}
    PROPERTIES COST 10 TIMEOUT 600
               ENVIRONMENT "${environment};${variable}_PROBED=$<TARGET_FILE:${example}_probed>")
endfunction()
