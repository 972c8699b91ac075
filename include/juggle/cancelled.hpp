#pragma once

namespace juggle {

/// Thrown by the innermost suspended await of a task that was asked to stop.
///
/// Not a `std::exception`, so that `catch (const std::exception&)` does not swallow it by
/// accident. Catch it to clean up (awaits work as usual then: one request throws once) and let it
/// go on; a task that ends normally instead has simply finished.
///
/// The idea, and its not being an ordinary error, are Python's `asyncio.CancelledError`.
struct Cancelled {};

}  // namespace juggle
