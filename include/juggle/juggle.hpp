#pragma once

/// All of juggle but its bridges to devices (<juggle/opencl.hpp>).

#include <juggle/acquire_all.hpp>
#include <juggle/allocation_set.hpp>
#include <juggle/async_event.hpp>
#include <juggle/cancelled.hpp>
#include <juggle/clock.hpp>
#include <juggle/deadline.hpp>
#include <juggle/environment.hpp>
#include <juggle/event_traits.hpp>
#include <juggle/executor.hpp>
#include <juggle/executor_options.hpp>
#include <juggle/job_queue.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/latch.hpp>
#include <juggle/manual_clock.hpp>
#include <juggle/no_event.hpp>
#include <juggle/offload.hpp>
#include <juggle/post_node.hpp>
#include <juggle/poster.hpp>
#include <juggle/resource.hpp>
#include <juggle/resource_allocation.hpp>
#include <juggle/resource_poisoned.hpp>
#include <juggle/resource_ring.hpp>
#include <juggle/semaphore.hpp>
#include <juggle/semaphore_permit.hpp>
#include <juggle/sleep.hpp>
#include <juggle/stop_signals.hpp>
#include <juggle/task.hpp>
#include <juggle/task_id.hpp>
#include <juggle/thread_pool.hpp>
#include <juggle/timed_out.hpp>
#include <juggle/unhandled_exception.hpp>
#include <juggle/yield.hpp>
