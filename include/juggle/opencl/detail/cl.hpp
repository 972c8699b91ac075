#pragma once

/// The C interface of OpenCL, for the version that the program asked for by CLHPP's macros, or
/// 1.2. The library's own sources include no more than this: CLHPP's inline functions differ with
/// the macros of each source file, and the linker keeps only one of each.

#ifndef CL_TARGET_OPENCL_VERSION
#ifdef CL_HPP_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION CL_HPP_TARGET_OPENCL_VERSION
#else
#define CL_TARGET_OPENCL_VERSION 120
#endif
#endif

#include <CL/cl.h>
