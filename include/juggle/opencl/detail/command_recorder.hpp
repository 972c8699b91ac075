#pragma once

#include <juggle/config.hpp>
#include <juggle/opencl/detail/cl.hpp>
#include <juggle/opencl/detail/export.hpp>

#include <string_view>

namespace juggle::inline JUGGLE_ABI {
class Observer;
}

namespace juggle::inline JUGGLE_ABI::opencl::detail {

JUGGLE_OPENCL_EXPORT void name_queue(Observer& observer, cl_command_queue queue,
                                     std::string_view name) noexcept;

/// Nothing for a null event.
JUGGLE_OPENCL_EXPORT void record_command(Observer& observer, cl_event event, std::string_view what,
                                         std::string_view lane) noexcept;

/// The same for an event that guards a resource; nothing if its command is no work by itself.
JUGGLE_OPENCL_EXPORT void record_guard(Observer& observer, cl_event event) noexcept;

}  // namespace juggle::opencl::detail
