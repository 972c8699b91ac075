#pragma once

#include "common/say.hpp"

#include <CL/cl_layer.h>

/// What every OpenCL layer needs: the loader asks `clGetLayerInfo` for the version and the name and
/// gives `clInitLayer` the table of the functions below; the layer gives back a table of its own.
/// See https://github.com/Oblomov/opencl-layers and OpenCL's `cl_layer.h`.
///
/// Each layer defines `name`, which is also its `clGetLayerInfo(CL_LAYER_NAME)`, and `install`;
/// layer.cpp does the rest.
namespace layer {

/// Puts the layer's own functions into a table that has those below in it; called once.
void install(cl_icd_dispatch& table);

/// The functions below: the next layer's, or the driver's by way of the loader.
[[nodiscard]] const cl_icd_dispatch& below() noexcept;

}  // namespace layer

/// For the functions that others find with `dlsym`; everything else is hidden.
#define JUGGLE_CL_LAYER_EXPORT __attribute__((visibility("default")))
