# What the project's own targets have in common.

include(CheckCXXSourceCompiles)

# The language and the warnings of the project's own code, private to the target.
function(juggle_warnings target)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_options(
    ${target}
    PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
            $<$<BOOL:${JUGGLE_WARNINGS_AS_ERRORS}>:-Werror>)
  if(JUGGLE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC says it of its own <regex> and <functional> once a sanitizer has rewritten them, and that
    # ThreadSanitizer does not know fences of Asio, where a mutex orders the same.
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-tsan)
  endif()
endfunction()

# The same, and the one CLHPP configuration the project's own code uses.
function(juggle_own_code target)
  juggle_warnings(${target})
  target_compile_definitions(
    ${target} PRIVATE CL_TARGET_OPENCL_VERSION=120 CL_HPP_TARGET_OPENCL_VERSION=120
                      CL_HPP_MINIMUM_OPENCL_VERSION=120)
endfunction()

# juggle_require_coroutines(): an error where the compiler, or its standard library, has no coroutines.
function(juggle_require_coroutines)
  set(CMAKE_REQUIRED_QUIET ON)
  list(APPEND CMAKE_REQUIRED_FLAGS "${CMAKE_CXX20_STANDARD_COMPILE_OPTION}")
  check_cxx_source_compiles("
    #include <version>
    #if !defined(__cpp_impl_coroutine) || !defined(__cpp_lib_coroutine)
    #error
    #endif
    int main() {}" JUGGLE_COROUTINES_COMPILE)
  set(lacks "")
  if(NOT JUGGLE_COROUTINES_COMPILE)
    set(lacks "has no C++20 coroutines")
  elseif((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
         OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19))
    set(lacks "is too old")
  endif()
  if(lacks)
    message(FATAL_ERROR
      "juggle: ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} (${CMAKE_CXX_COMPILER}), as it is called "
      "here (CMAKE_CXX_FLAGS='${CMAKE_CXX_FLAGS}'), ${lacks}. GCC from 12.2 on and Clang 19 are "
      "tested. Choose one in a new build folder: -DCMAKE_CXX_COMPILER=g++-12")
  endif()
endfunction()

# juggle_choose(<option> [<others>...]): what an option that is ON, AUTO or OFF, or one of the others, was set
# to, in capitals, whichever way CMake spells a truth. Anything else is an error.
function(juggle_choose option)
  string(TOUPPER "${${option}}" value)
  if(value MATCHES "^(1|Y|YES|TRUE)$")
    set(value ON)
  elseif(value MATCHES "^(|0|N|NO|FALSE)$")
    set(value OFF)
  elseif(NOT value IN_LIST ARGN AND NOT value MATCHES "^(ON|AUTO|OFF)$")
    set(others ON AUTO OFF ${ARGN})
    list(JOIN others ", " others)
    message(FATAL_ERROR "juggle: ${option} is '${${option}}', and has to be one of ${others}")
  endif()
  set(${option} "${value}" PARENT_SCOPE)
endfunction()

# juggle_find_stop_token(<variable>): 1 or 0, whether the standard library has std::stop_token.
function(juggle_find_stop_token variable)
  set(CMAKE_REQUIRED_QUIET ON)
  list(APPEND CMAKE_REQUIRED_FLAGS "${CMAKE_CXX20_STANDARD_COMPILE_OPTION}")
  check_cxx_source_compiles("
    #include <version>
    #if !defined(__cpp_lib_jthread)
    #error
    #endif
    int main() {}" JUGGLE_STOP_TOKEN_COMPILES)
  set(found 0)
  if(JUGGLE_STOP_TOKEN_COMPILES)
    set(found 1)
  elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(STATUS "juggle: without StopSignals: the standard library has no std::stop_token (libc++ "
                   "before 20 has it with -DCMAKE_CXX_FLAGS=-fexperimental-library)")
  endif()
  set(${variable} ${found} PARENT_SCOPE)
endfunction()

# juggle_part(<name> <regex>): moves what matches from juggle_headers and juggle_sources to
# juggle_<name>_headers and juggle_<name>_sources.
function(juggle_part name regex)
  foreach(kind IN ITEMS headers sources)
    set(part ${juggle_${kind}})
    list(FILTER part INCLUDE REGEX "${regex}")
    set(rest ${juggle_${kind}})
    list(FILTER rest EXCLUDE REGEX "${regex}")
    set(juggle_${name}_${kind} ${part} PARENT_SCOPE)
    set(juggle_${kind} ${rest} PARENT_SCOPE)
  endforeach()
endfunction()

# juggle_unity_build(<target>): with JUGGLE_UNITY_BUILD the sources of each folder are compiled
# together, up to ten at a time, which is twice as fast as one by one. Alone remain those that hold a
# name that another file of their folder has, too (juggle_alone), and main.cpp and options.cpp, which
# the fuzzers' programs pick out of the demos; and tests/compilers, which is about how it is compiled.
function(juggle_unity_build target)
  if(NOT JUGGLE_UNITY_BUILD)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What a source calls its own looks to GCC like a header's.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
  get_target_property(sources ${target} SOURCES)
  get_target_property(base ${target} SOURCE_DIR)
  foreach(source IN LISTS sources)
    if(source MATCHES "\\$<" OR NOT source MATCHES "\\.cpp$")
      continue()
    endif()
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${base}" NORMALIZE OUTPUT_VARIABLE file)
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE path)
    if(path MATCHES "/(main|options)\\.cpp$|^tests/compilers/" OR path IN_LIST juggle_alone)
      continue()
    endif()
    cmake_path(GET path PARENT_PATH folder)
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    math(EXPR count_${folder} "0${count_${folder}} + 1")
    math(EXPR group "(${count_${folder}} - 1) / 10")
    set_property(SOURCE "${file}" TARGET_DIRECTORY ${target} PROPERTY UNITY_GROUP
                                                                        "${folder}_${group}")
  endforeach()
endfunction()

# What has names that are those of another file of its folder.
set(juggle_alone
    demos/waterfall/axis.cpp
    demos/waterfall/picture.cpp
    demos/waterfall/sample_source.cpp
    tests/asio/packet_receiver.cpp
    tests/asio/packet_sender.cpp
    tests/base/unhandled_exception.cpp
    tests/bridges/shared_resource.cpp
    tests/bridges/teardown_order.cpp
    tests/run/description.cpp
    tests/run/executor.cpp
    tests/run/join_handle.cpp
    tests/run/metrics.cpp
    tests/run/stop_signals.cpp
    tests/run/task.cpp
    tests/stream/channel_to_thread.cpp
    tests/stream/merge.cpp
    tests/stream/thread_channel.cpp
    tests/timeline/timeline_html.cpp
    tests/timeline/timeline_recording.cpp
    tests/timeline/timeline_svg.cpp
    tests/timeline/timeline_trace.cpp)

# juggle_precompile(<target> <headers>...): with JUGGLE_UNITY_BUILD, for a program of many files that
# cannot be compiled together.
function(juggle_precompile target)
  if(JUGGLE_UNITY_BUILD)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# juggle_library(<target> EXPORT_NAME <name> HEADERS <files>): one of the installed libraries, known
# to users as juggle::<name>. Every header of it is also compiled alone, by the target
# all_verify_interface_header_sets.
#
# With JUGGLE_CHECKS it has names of its own, since both may stand in one installation:
# juggle::<name>_checked, lib<target>-checked. In a build there is but one, which has both names.
function(juggle_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPORT_NAME" "HEADERS")
  set(export_name ${arg_EXPORT_NAME})
  set(output_name ${target})
  add_library(juggle::${arg_EXPORT_NAME} ALIAS ${target})
  if(JUGGLE_CHECKS)
    string(APPEND export_name "_checked")
    string(APPEND output_name "-checked")
    add_library(juggle::${export_name} ALIAS ${target})
    target_compile_definitions(${target} PUBLIC JUGGLE_CHECKS=1)
  endif()
  # See juggle/detail/base/export.hpp.
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "SHARED_LIBRARY")
    if(WIN32)
      message(FATAL_ERROR "juggle: static libraries only on Windows, whose DLLs cannot export the "
                          "variables of a thread: -DBUILD_SHARED_LIBS=OFF")
    endif()
    target_compile_definitions(${target} PUBLIC JUGGLE_SHARED=1)
  else()
    target_compile_definitions(${target} PUBLIC JUGGLE_SHARED=0)
  endif()
  juggle_own_code(${target})
  # A static variable with a destructor is gone when a global executor or a driver's thread needs it.
  target_compile_options(
    ${target} PRIVATE $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wexit-time-destructors>)
  # For GCC without a sanitizer each source is to compile alone, whatever the build.
  if(JUGGLE_SANITIZE OR CMAKE_CROSSCOMPILING OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    juggle_unity_build(${target})
    if(JUGGLE_UNITY_BUILD AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # Clang takes what one source calls its own for shadowed by the next one.
      target_compile_options(${target} PRIVATE -Wno-shadow)
    endif()
  endif()
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_sources(
    ${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include"
                     "${PROJECT_BINARY_DIR}/include" FILES ${arg_HEADERS})
  set_target_properties(
    ${target}
    PROPERTIES EXPORT_NAME ${export_name}
               OUTPUT_NAME ${output_name}
               POSITION_INDEPENDENT_CODE ON
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON
               VERSION ${PROJECT_VERSION}
               SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
               VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL}
               # CMake refuses what would link libraries with checks and libraries without.
               COMPATIBLE_INTERFACE_BOOL JUGGLE_CHECKS
               JUGGLE_CHECKS ${JUGGLE_CHECKS}
               INTERFACE_JUGGLE_CHECKS ${JUGGLE_CHECKS})
  if(JUGGLE_SANITIZE)
    # Public: a program has to be linked with the sanitizer its library was compiled with.
    set(flags -fsanitize=${JUGGLE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    if(JUGGLE_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # A quarter of the time to compile goes into these. A null pointer ends the process anyway, and
      # AddressSanitizer knows the size of objects.
      list(APPEND flags -fno-sanitize=null,object-size)
    endif()
    target_compile_options(${target} PUBLIC "$<BUILD_INTERFACE:${flags}>")
    target_link_options(${target} PUBLIC "$<BUILD_INTERFACE:${flags}>")
  endif()
endfunction()

# juggle_header_library(<target> EXPORT_NAME <name> HEADERS <files>): the same for an INTERFACE library,
# which has no file of its own.
function(juggle_header_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPORT_NAME" "HEADERS")
  set(export_name ${arg_EXPORT_NAME})
  add_library(juggle::${export_name} ALIAS ${target})
  if(JUGGLE_CHECKS)
    string(APPEND export_name "_checked")
    add_library(juggle::${export_name} ALIAS ${target})
  endif()
  target_sources(${target} INTERFACE FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include"
                                                      FILES ${arg_HEADERS})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${export_name}
                                             VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
endfunction()

# juggle_asio_coroutines(<target>): Asio's own coroutines with Clang, for which Asio 1.22 looks for those of
# a technical specification.
function(juggle_asio_coroutines target)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_definitions(
      ${target} PRIVATE ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE BOOST_ASIO_HAS_CO_AWAIT
                        BOOST_ASIO_HAS_STD_COROUTINE)
  endif()
endfunction()
