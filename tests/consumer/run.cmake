# Builds and runs the consumer in one way; see CMakeLists.txt beside it for the arguments.

set(prefix "${work}/prefix")
set(here "${CMAKE_CURRENT_LIST_DIR}")
set(warnings "-Wall -Wextra -Werror")
set(opencl_definitions -DCL_TARGET_OPENCL_VERSION=120 -DCL_HPP_TARGET_OPENCL_VERSION=120
                       -DCL_HPP_MINIMUM_OPENCL_VERSION=120)

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(capture variable)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE
                  COMMAND_ERROR_IS_FATAL ANY)
  set(${variable} "${output}" PARENT_SCOPE)
endfunction()

if(way STREQUAL "install")
  file(REMOVE_RECURSE "${prefix}")
  run("${CMAKE_COMMAND}" --install "${build}" --prefix "${prefix}")
  return()
endif()

set(binary "${work}/${way}_${component}")
file(REMOVE_RECURSE "${binary}")
file(MAKE_DIRECTORY "${binary}")
set(configure
    "${CMAKE_COMMAND}" -G "${generator}" "-DCMAKE_CXX_COMPILER=${compiler}"
    "-DCMAKE_BUILD_TYPE=${build_type}" "-DCMAKE_PREFIX_PATH=${prefix}"
    "-DCMAKE_INSTALL_PREFIX=${binary}/prefix" "-DJUGGLE_SOURCE_DIR=${source}"
    "-DJUGGLE_VERSION=${version}" "-DHAS_OPENCL=${has_opencl}" "-DCOMPONENT=${component}"
    -B "${binary}")

if(way STREQUAL "missing_components")
  run(${configure} -S "${here}/missing_components")
  return()
endif()

set(program "${binary}/consumer")

if(way STREQUAL "pkg_config")
  set(package juggle)
  set(definitions "")
  if(component STREQUAL "opencl")
    set(package juggle-opencl)
    set(definitions ${opencl_definitions})
  endif()
  set(ENV{PKG_CONFIG_PATH} "${prefix}/${libdir}/pkgconfig:$ENV{PKG_CONFIG_PATH}")
  set(ENV{LD_LIBRARY_PATH} "${prefix}/${libdir}:$ENV{LD_LIBRARY_PATH}")
  capture(found_version pkg-config --modversion ${package})
  if(NOT found_version STREQUAL version)
    message(FATAL_ERROR "pkg-config found ${package} ${found_version}, not ${version}")
  endif()
  capture(cflags pkg-config --cflags ${package})
  capture(libs pkg-config --libs ${package})
  separate_arguments(arguments UNIX_COMMAND "${flags} ${warnings} ${cflags}")
  separate_arguments(libs UNIX_COMMAND "${libs}")
  run("${compiler}" -std=c++20 ${arguments} ${definitions} "${here}/${component}.cpp" -o
      "${program}" ${libs})
else()
  run(${configure} -S "${here}/${way}" "-DCMAKE_CXX_FLAGS=${flags} ${warnings}")
  run("${CMAKE_COMMAND}" --build "${binary}" --parallel 2)
  if(way MATCHES "^(add_subdirectory|fetch_content)$")
    # Nothing of juggle becomes part of what its user installs.
    run("${CMAKE_COMMAND}" --install "${binary}")
    file(GLOB_RECURSE installed "${binary}/prefix/*")
    list(FILTER installed INCLUDE REGEX "juggle")
    if(installed)
      message(FATAL_ERROR "the consumer's installation has ${installed}")
    endif()
  endif()
endif()

file(MAKE_DIRECTORY "${binary}/pocl-cache")
set(ENV{POCL_CACHE_DIR} "${binary}/pocl-cache")
run("${program}")
