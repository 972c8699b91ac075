#pragma once

#include <juggle/config.hpp>
#include <juggle/opencl/clhpp.hpp>

#include <span>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

/// CLHPP's wrapper is a handle and nothing more; CLHPP itself relies on that.
inline std::span<const cl_event> handles(std::span<const cl::Event> events) noexcept {
    static_assert(sizeof(cl::Event) == sizeof(cl_event));
    return {reinterpret_cast<const cl_event*>(events.data()), events.size()};
}

}  // namespace juggle::opencl::detail
