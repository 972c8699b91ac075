#pragma once

#include <juggle/config.hpp>
#include <juggle/opencl/detail/cl.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

/// Notes when events end, by callbacks. A callback may come late, twice or never, whatever has
/// become of who asked for it: so the notes are the process's own, each with a number for its use.
class EndTimes {
public:
    /// Which note, and which use of it; 0: none.
    using Ticket = std::uint64_t;

    /// None if all are in use, or if the driver refuses.
    [[nodiscard]] static Ticket ask_for(cl_event event) noexcept;
    /// In ns of the steady clock; 0 if it has not come yet.
    [[nodiscard]] static std::int64_t get(Ticket ticket) noexcept;
    static void give_back(Ticket ticket) noexcept;
};

}  // namespace juggle::opencl::detail
