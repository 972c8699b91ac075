#pragma once

#include <juggle/opencl/detail/cl.hpp>

#include <string_view>

namespace juggle {
class Observer;
}

namespace juggle::opencl::detail {

void name_queue(Observer& observer, cl_command_queue queue, std::string_view name) noexcept;

/// Nothing for a null event.
void record_command(Observer& observer, cl_event event, std::string_view what,
                    std::string_view lane) noexcept;

/// The same for an event that guards a resource; nothing if its command is no work by itself.
void record_guard(Observer& observer, cl_event event) noexcept;

}  // namespace juggle::opencl::detail
