#pragma once

#include <juggle/config.hpp>
#include <juggle/opencl/detail/cl.hpp>
#include <juggle/opencl/detail/export.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::opencl {

/// The name of an OpenCL status code, such as "CL_OUT_OF_RESOURCES"; "unknown status" if it is
/// none of the specification's or of the well-known extensions'.
[[nodiscard]] JUGGLE_OPENCL_EXPORT const char* status_name(cl_int status) noexcept;

/// An OpenCL call failed, or a command did.
///
/// The library throws this and nothing of CLHPP's, so that it behaves the same whether or not the
/// program defines `CL_HPP_ENABLE_EXCEPTIONS`.
class JUGGLE_OPENCL_EXCEPTION Error : public std::runtime_error {
public:
    JUGGLE_OPENCL_EXPORT Error(cl_int status, const std::string& operation);

    /// The status as OpenCL gave it, negative.
    [[nodiscard]] cl_int status() const noexcept { return status_; }
    [[nodiscard]] const char* status_name() const noexcept { return opencl::status_name(status_); }
    /// The call that returned the status, or what was waited for.
    [[nodiscard]] const std::string& operation() const noexcept { return operation_; }

private:
    cl_int status_;
    std::string operation_;
};

}  // namespace juggle::opencl
