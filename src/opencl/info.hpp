#pragma once

#include <juggle/config.hpp>
#include <juggle/opencl/detail/cl.hpp>

#include <string>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

template <class Value>
cl_int get_info(cl_event event, cl_event_info what, Value& value) noexcept {
    return clGetEventInfo(event, what, sizeof(Value), static_cast<void*>(&value), nullptr);
}

template <class Value>
cl_int get_info(cl_command_queue queue, cl_command_queue_info what, Value& value) noexcept {
    return clGetCommandQueueInfo(queue, what, sizeof(Value), static_cast<void*>(&value), nullptr);
}

/// Null for a user event, or if it cannot be had.
[[nodiscard]] inline cl_command_queue queue_of(cl_event event) noexcept {
    cl_command_queue queue = nullptr;
    (void)get_info(event, CL_EVENT_COMMAND_QUEUE, queue);
    return queue;
}

/// False, too, if OpenCL does not say.
[[nodiscard]] inline bool in_order(cl_command_queue queue) noexcept {
    cl_command_queue_properties properties = 0;
    return get_info(queue, CL_QUEUE_PROPERTIES, properties) == CL_SUCCESS &&
           (properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) == 0;
}

/// "CL_COMMAND_READ_BUFFER" and the like.
[[nodiscard]] std::string command_name(cl_command_type type);

}  // namespace juggle::opencl::detail
