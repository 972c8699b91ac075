#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/unhandled_exception.hpp>

#include <cstddef>
#include <exception>
#include <source_location>
#include <string>
#include <string_view>

namespace juggle::inline JUGGLE_ABI::detail {

/// What was thrown, in words; nested exceptions follow, each behind ": ".
[[nodiscard]] std::string describe(const std::exception_ptr& exception);

/// file:line, as compilers print it.
[[nodiscard]] std::string describe(const std::source_location& where);
/// The same without the file's folder.
[[nodiscard]] JUGGLE_EXPORT std::string describe_shortly(const std::source_location& where);

/// "1 job", "2 jobs".
[[nodiscard]] std::string counted(std::size_t count, std::string_view noun);

/// A `Cancelled`, made once.
[[nodiscard]] const std::exception_ptr& cancelled_exception() noexcept;

[[nodiscard]] JUGGLE_EXPORT bool is_cancelled(const std::exception_ptr& exception) noexcept;

/// To standard error, one line. Never ends the process, if nobody reads that.
void print(const UnhandledException& unhandled) noexcept;
void print(std::string_view diagnostic) noexcept;

}  // namespace juggle::detail
