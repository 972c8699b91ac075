#pragma once

/// The C++ wrappers of OpenCL, in the version that the program asked for by CLHPP's macros; OpenCL
/// 1.2, which every device has, if it asked for none. Programs that want another version define the
/// macros for all their sources, before any include.

#ifndef CL_HPP_TARGET_OPENCL_VERSION
#define CL_HPP_TARGET_OPENCL_VERSION 120
#ifndef CL_HPP_MINIMUM_OPENCL_VERSION
#define CL_HPP_MINIMUM_OPENCL_VERSION 120
#endif
#endif

#include <juggle/opencl/detail/cl.hpp>

#include <CL/opencl.hpp>
