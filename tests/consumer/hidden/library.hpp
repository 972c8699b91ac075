#pragma once

#include <juggle/juggle.hpp>

/// A shared library of the user's, compiled with hidden visibility, of which only this is visible.
namespace library {

#define LIBRARY_API __attribute__((visibility("default")))

LIBRARY_API juggle::Executor* current_executor();
/// Where this side has the variable.
LIBRARY_API const void* address_of_current_loop();
LIBRARY_API juggle::Task<int> number(int value);
LIBRARY_API juggle::Task<> wait_twice(juggle::Semaphore& semaphore);

/// Each of the library's exceptions: thrown on this side, and the name of what `throws` throws,
/// caught on this side.
enum class Kind { cancelled, deadlock, timed_out, channel_closed, resource_poisoned };
LIBRARY_API void raise(Kind kind);
LIBRARY_API const char* name_of_caught(void (*throws)(Kind), Kind kind);

}  // namespace library
