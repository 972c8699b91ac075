#pragma once

// juggle::cuda: co_await what CUDA streams do. Needs cuda.h to be compiled, and the driver's
// library, libcuda.so.1, only once it is used.

#include <juggle/cuda/enqueue.hpp>
#include <juggle/cuda/error.hpp>
#include <juggle/cuda/event.hpp>
#include <juggle/cuda/event_options.hpp>
#include <juggle/cuda/event_traits.hpp>
#include <juggle/cuda/finish.hpp>
#include <juggle/cuda/finish_at_end.hpp>
#include <juggle/cuda/pinned_buffer.hpp>
#include <juggle/cuda/record.hpp>
#include <juggle/cuda/resource.hpp>
#include <juggle/cuda/shown.hpp>
#include <juggle/cuda/timeline.hpp>
#include <juggle/cuda/wait_on.hpp>
