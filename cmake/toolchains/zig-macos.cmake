# macOS, by the clang and the headers of ziglang: cmake -DJUGGLE_MACOS_TARGET=aarch64-macos (or
# x86_64-macos) -DJUGGLE_ZIG=<zig>. Programs are linked; there is nothing to run them by.

set(CMAKE_SYSTEM_NAME Darwin)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES JUGGLE_MACOS_TARGET JUGGLE_ZIG)
if(NOT JUGGLE_MACOS_TARGET)
  set(JUGGLE_MACOS_TARGET aarch64-macos)
endif()
if(NOT JUGGLE_ZIG)
  set(JUGGLE_ZIG zig)
endif()
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR "${JUGGLE_MACOS_TARGET}")
set(CMAKE_C_COMPILER "${JUGGLE_ZIG}" cc -target ${JUGGLE_MACOS_TARGET})
set(CMAKE_CXX_COMPILER "${JUGGLE_ZIG}" c++ -target ${JUGGLE_MACOS_TARGET})
# Newer than what Catch2 2.13 was written for: it counts with __COUNTER__.
set(CMAKE_CXX_FLAGS_INIT "-Wno-unknown-warning-option -Wno-c2y-extensions")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
