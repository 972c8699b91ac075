#pragma once

#include <CL/cl_layer.h>

/// What every OpenCL layer needs: the loader asks `clGetLayerInfo` for the version and the name and
/// gives `clInitLayer` the table of the functions below; the layer gives back a table of its own.
/// See https://github.com/Oblomov/opencl-layers and OpenCL's `cl_layer.h`.
///
/// Each layer defines `name` and `install`; layer.cpp does the rest.
namespace layer {

/// Of this layer, as in `clGetLayerInfo(CL_LAYER_NAME)` and in front of all that it says.
extern const char* const name;

/// Puts the layer's own functions into a table that has those below in it; called once.
void install(cl_icd_dispatch& table);

/// The functions below: the next layer's, or the driver's by way of the loader.
[[nodiscard]] const cl_icd_dispatch& below() noexcept;

/// One line on standard error, "<name of the layer>: <text>".
void say(const char* text) noexcept;

/// The value of an environment variable, or null if it is not set or empty.
[[nodiscard]] const char* setting(const char* variable) noexcept;

}  // namespace layer

/// For the functions that others find with `dlsym`; everything else is hidden.
#define JUGGLE_CL_LAYER_EXPORT __attribute__((visibility("default")))
