#pragma once

/// The bridge to OpenCL: `co_await` for `cl::Event`, and resources that are guarded by them.

#include <juggle/opencl/clhpp.hpp>
#include <juggle/opencl/enqueue.hpp>
#include <juggle/opencl/error.hpp>
#include <juggle/opencl/event_options.hpp>
#include <juggle/opencl/event_traits.hpp>
#include <juggle/opencl/finish.hpp>
#include <juggle/opencl/finish_at_end.hpp>
#include <juggle/opencl/marker.hpp>
#include <juggle/opencl/resource.hpp>
#include <juggle/opencl/timeline.hpp>
#include <juggle/opencl/wait_for_events.hpp>
#include <juggle/opencl/wait_on.hpp>
