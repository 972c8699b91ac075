# Finds what the OpenCL bridge stands on: the targets OpenCL::OpenCL (headers and ICD loader) and
# OpenCL::HeadersCpp (CLHPP), from the package files of Khronos where they are installed, otherwise
# from the plain headers and library. Used by the build and by the installed package.
#
# Sets juggle_opencl_missing to the names of what was not found, empty if all is there, and
# juggle_opencl_package to those of the Debian packages that have it.

set(juggle_opencl_missing "")
set(juggle_opencl_package "ocl-icd-opencl-dev opencl-headers opencl-clhpp-headers")

if(NOT TARGET OpenCL::Headers)
  find_package(OpenCLHeaders CONFIG QUIET)
endif()
if(NOT TARGET OpenCL::HeadersCpp AND TARGET OpenCL::Headers)
  find_package(OpenCLHeadersCpp CONFIG QUIET)
endif()
if(NOT TARGET OpenCL::OpenCL)
  find_package(OpenCLICDLoader CONFIG QUIET)
endif()

if(NOT TARGET OpenCL::OpenCL)
  find_package(OpenCL MODULE QUIET)
  if(NOT TARGET OpenCL::OpenCL)
    list(APPEND juggle_opencl_missing "the OpenCL headers and ICD loader")
  endif()
endif()

if(NOT TARGET OpenCL::HeadersCpp)
  find_path(JUGGLE_CLHPP_INCLUDE_DIR CL/opencl.hpp HINTS ${OpenCL_INCLUDE_DIRS})
  mark_as_advanced(JUGGLE_CLHPP_INCLUDE_DIR)
  if(JUGGLE_CLHPP_INCLUDE_DIR)
    add_library(OpenCL::HeadersCpp INTERFACE IMPORTED)
    target_include_directories(OpenCL::HeadersCpp INTERFACE "${JUGGLE_CLHPP_INCLUDE_DIR}")
  else()
    list(APPEND juggle_opencl_missing "CLHPP (CL/opencl.hpp)")
  endif()
endif()

list(JOIN juggle_opencl_missing " and " juggle_opencl_missing)
