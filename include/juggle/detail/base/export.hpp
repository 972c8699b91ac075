#pragma once

#include <juggle/config.hpp>

/// What a shared library of juggle's shows of itself; all else in it is hidden.
///
/// `JUGGLE_SHARED` is 1 for whoever uses shared libraries, and 0 for static ones: the CMake targets
/// and the pkg-config files define it. Where nobody has, all that is marked is visible, which fits
/// both. So a variable that a header defines for each thread is the same one in the program, even
/// if that is compiled with `-fvisibility=hidden`.
///
/// There is nothing here for Windows: its DLLs cannot export variables of a thread.
#if defined(_WIN32) || (defined(JUGGLE_SHARED) && !JUGGLE_SHARED)
#define JUGGLE_EXPORT
#else
#define JUGGLE_EXPORT [[gnu::visibility("default")]]
#endif

/// A type that is thrown from one library to another, or to the program, is visible even where
/// juggle is static: it is caught there only if both have the same one.
#if defined(_WIN32)
#define JUGGLE_EXCEPTION
#else
#define JUGGLE_EXCEPTION [[gnu::visibility("default")]]
#endif
