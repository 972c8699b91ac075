#pragma once

#include <juggle/detail/base/export.hpp>

namespace juggle::inline JUGGLE_ABI {

/// Thrown by the innermost suspended await of a task that was asked to stop.
///
/// Not a `std::exception`, so that `catch (const std::exception&)` does not swallow it by
/// accident. One request throws once: behind the handler that caught it awaits work as usual (C++
/// has none inside a handler), to clean up before it is thrown on. A task that ends normally
/// instead has simply finished.
///
/// The idea, and its not being an ordinary error, are Python's `asyncio.CancelledError`.
struct JUGGLE_EXCEPTION Cancelled{};

}  // namespace juggle
