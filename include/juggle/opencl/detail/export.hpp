#pragma once

/// What the shared library of the bridge shows of itself, and the types that are thrown out of it:
/// see `JUGGLE_EXPORT` and `JUGGLE_EXCEPTION` of the core.
#if defined(_WIN32) || (defined(JUGGLE_SHARED) && !JUGGLE_SHARED)
#define JUGGLE_OPENCL_EXPORT
#else
#define JUGGLE_OPENCL_EXPORT [[gnu::visibility("default")]]
#endif

#if defined(_WIN32)
#define JUGGLE_OPENCL_EXCEPTION
#else
#define JUGGLE_OPENCL_EXCEPTION [[gnu::visibility("default")]]
#endif
