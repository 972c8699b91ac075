#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/post_node.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

/// Calls the node's function, which destroys something that may own more of its kind: a task with a
/// task among its arguments, or a generator of the elements of another. What is nested so up to 64
/// deep is destroyed in the order in which C++ destroys things, each within its owner; what is
/// deeper waits until its owner is gone, so that no depth needs more of the native stack.
JUGGLE_EXPORT void destroy_in_bounds(PostNode& node) noexcept;

/// Whether this thread is in such a call.
[[nodiscard]] bool is_destroying_in_bounds() noexcept;

}  // namespace juggle::detail
