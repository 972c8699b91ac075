#include "common/layer.hpp"

#include <cstring>

namespace layer {

namespace {

constexpr cl_uint table_size = sizeof(cl_icd_dispatch) / sizeof(cl_icd_dispatch::clGetPlatformIDs);

cl_icd_dispatch functions_below;
cl_icd_dispatch functions_here;

cl_int give(const void* value, size_t value_size, size_t size, void* result, size_t* result_size) {
    if (result != nullptr) {
        if (size < value_size) {
            return CL_INVALID_VALUE;
        }
        std::memcpy(result, value, value_size);
    }
    if (result_size != nullptr) {
        *result_size = value_size;
    }
    return CL_SUCCESS;
}

}  // namespace

const cl_icd_dispatch& below() noexcept { return functions_below; }

}  // namespace layer

JUGGLE_CL_LAYER_EXPORT cl_int CL_API_CALL clGetLayerInfo(cl_layer_info param_name,
                                                         size_t param_value_size, void* param_value,
                                                         size_t* param_value_size_ret) {
    constexpr cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    switch (param_name) {
        case CL_LAYER_API_VERSION:
            return layer::give(&version, sizeof version, param_value_size, param_value,
                               param_value_size_ret);
        case CL_LAYER_NAME:
            return layer::give(layer::name, std::strlen(layer::name) + 1, param_value_size,
                               param_value, param_value_size_ret);
        default:
            return CL_INVALID_VALUE;
    }
}

JUGGLE_CL_LAYER_EXPORT cl_int CL_API_CALL clInitLayer(cl_uint num_entries,
                                                      const cl_icd_dispatch* target_dispatch,
                                                      cl_uint* num_entries_ret,
                                                      const cl_icd_dispatch** layer_dispatch_ret) {
    // A loader that knows fewer functions than this was compiled for would read past its table.
    if (target_dispatch == nullptr || num_entries_ret == nullptr || layer_dispatch_ret == nullptr ||
        num_entries < layer::table_size) {
        return CL_INVALID_VALUE;
    }
    layer::functions_below = *target_dispatch;
    layer::functions_here = *target_dispatch;
    layer::install(layer::functions_here);
    *layer_dispatch_ret = &layer::functions_here;
    *num_entries_ret = layer::table_size;
    return CL_SUCCESS;
}
