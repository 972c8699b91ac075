#pragma once

#include <juggle/config.hpp>
#include <juggle/opencl/detail/cl.hpp>
#include <juggle/opencl/detail/export.hpp>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

/// Throws `Error` if it is null.
JUGGLE_OPENCL_EXPORT void check_queue_to_finish(cl_command_queue queue);

/// Waits until all that was enqueued has ended, for what it uses is to go. So a driver that refuses
/// is asked again and again for a while; false, after a report, if it has refused to the end.
[[nodiscard]] JUGGLE_OPENCL_EXPORT bool finish_on_host(cl_command_queue queue) noexcept;

/// Memory of which nobody knows whether commands still use it, and which is never freed for that.
class Refuge {
public:
    Refuge() = default;
    Refuge(const Refuge&) = delete;
    Refuge& operator=(const Refuge&) = delete;

    /// It stays forever, in a list, so that leak checkers know that somebody has thought of it.
    JUGGLE_OPENCL_EXPORT void keep() noexcept;

protected:
    ~Refuge() = default;

private:
    Refuge* before_ = nullptr;
};

}  // namespace juggle::opencl::detail
