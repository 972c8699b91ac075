#pragma once

/// What the shared library of the bridge shows of itself, and the types that are thrown out of it:
/// see `JUGGLE_EXPORT` and `JUGGLE_EXCEPTION` of the core.
#if defined(JUGGLE_SHARED) && !JUGGLE_SHARED
#define JUGGLE_CUDA_EXPORT
#else
#define JUGGLE_CUDA_EXPORT [[gnu::visibility("default")]]
#endif

#define JUGGLE_CUDA_EXCEPTION [[gnu::visibility("default")]]
