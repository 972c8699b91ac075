# The presets for users, in the sources themselves; one of them is built and installed.
function(in_repository)
  execute_process(COMMAND ${ARGV} WORKING_DIRECTORY "${repository}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# configured(<preset> <variable>=<value>...): what it sets.
function(configured preset)
  set(tree "${binary}/${preset}")
  in_repository("${CMAKE_COMMAND}" --preset ${preset} "-DCMAKE_CXX_COMPILER=${compiler}" -B "${tree}")
  load_cache("${tree}" READ_WITH_PREFIX is_ CMAKE_BUILD_TYPE BUILD_SHARED_LIBS JUGGLE_CHECKS JUGGLE_OPENCL
             JUGGLE_BUILD_TESTS)
  foreach(expected IN LISTS ARGN ITEMS CMAKE_BUILD_TYPE=Release JUGGLE_BUILD_TESTS=OFF)
    string(REGEX MATCH "^(.*)=(.*)$" expected "${expected}")
    if(NOT is_${CMAKE_MATCH_1} STREQUAL CMAKE_MATCH_2)
      message(FATAL_ERROR "preset ${preset}: not ${expected}, but '${is_${CMAKE_MATCH_1}}'")
    endif()
  endforeach()
endfunction()

configured(default JUGGLE_OPENCL=AUTO JUGGLE_CHECKS=OFF)
configured(checked JUGGLE_OPENCL=AUTO JUGGLE_CHECKS=ON)
configured(shared BUILD_SHARED_LIBS=ON)
configured(core-only JUGGLE_OPENCL=OFF)

execute_process(COMMAND "${CMAKE_COMMAND}" --workflow --list-presets WORKING_DIRECTORY "${repository}"
                OUTPUT_VARIABLE words COMMAND_ERROR_IS_FATAL ANY)
if(NOT words MATCHES "\"default\"\n *\"checked\"\n *\"shared\"\n *\"core-only\"")
  message(FATAL_ERROR "workflows of the presets for users are missing in\n${words}")
endif()

in_repository("${CMAKE_COMMAND}" --preset core-only "-DCMAKE_CXX_COMPILER=${compiler}" ${quick})
in_repository("${CMAKE_COMMAND}" --build --preset core-only --parallel 2)
in_repository("${CMAKE_COMMAND}" --install build/core-only --prefix "${binary}/prefix")
run(${configure} "-DCMAKE_PREFIX_PATH=${binary}/prefix" -S "${use_it}/find_package")
run("${CMAKE_COMMAND}" --build "${binary}")
prints_turns("${binary}/program")
file(REMOVE_RECURSE "${repository}/build")
