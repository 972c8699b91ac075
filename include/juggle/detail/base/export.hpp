#pragma once

#include <juggle/config.hpp>

/// What a shared library of juggle's shows of itself; all else in it is hidden.
///
/// `JUGGLE_SHARED` is 1 for whoever uses shared libraries, and 0 for static ones: the CMake targets
/// and the pkg-config files define it. Where nobody has, on systems with ELF or Mach-O, everything
/// is declared visible: that fits both, even if the program is compiled with `-fvisibility=hidden`.
/// Each library marks its own names, since on Windows it exports those and imports all others.

#if defined(_WIN32) || defined(__CYGWIN__)
#if defined(JUGGLE_SHARED) && JUGGLE_SHARED
#define JUGGLE_SHOWN __declspec(dllexport)
#define JUGGLE_SEEN __declspec(dllimport)
#else
#define JUGGLE_SHOWN
#define JUGGLE_SEEN
#endif
#define JUGGLE_EXCEPTION
#else
#if defined(JUGGLE_SHARED) && !JUGGLE_SHARED
#define JUGGLE_SHOWN
#else
#define JUGGLE_SHOWN [[gnu::visibility("default")]]
#endif
#define JUGGLE_SEEN JUGGLE_SHOWN
/// A type that is thrown from one library to another, or to the program, is visible even where
/// juggle is static: it is caught there only if both have the same one.
#define JUGGLE_EXCEPTION [[gnu::visibility("default")]]
#endif

// CMake defines <target>_EXPORTS for the sources of the shared library that it makes of a target.
#if defined(juggle_EXPORTS)
#define JUGGLE_EXPORT JUGGLE_SHOWN
#else
#define JUGGLE_EXPORT JUGGLE_SEEN
#endif
#if defined(juggle_timeline_EXPORTS)
#define JUGGLE_TIMELINE_EXPORT JUGGLE_SHOWN
#else
#define JUGGLE_TIMELINE_EXPORT JUGGLE_SEEN
#endif
#if defined(juggle_opencl_EXPORTS)
#define JUGGLE_OPENCL_EXPORT JUGGLE_SHOWN
#else
#define JUGGLE_OPENCL_EXPORT JUGGLE_SEEN
#endif
