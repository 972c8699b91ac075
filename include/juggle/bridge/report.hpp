#pragma once

#include <juggle/detail/base/export.hpp>

#include <string_view>

namespace juggle::inline JUGGLE_ABI::bridge {

/// Tells of a mistake in the program that the caller could mend, or that it has to live with: by
/// `ExecutorOptions::on_diagnostic` of the executor that runs the calling code, and to standard
/// error, as one line, where none does. Never ends the process.
JUGGLE_EXPORT void report(std::string_view diagnostic) noexcept;

}  // namespace juggle::bridge
