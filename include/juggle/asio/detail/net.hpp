#pragma once

// Standalone Asio, or Boost.Asio where JUGGLE_BOOST_ASIO is 1 (the target juggle::boost_asio
// defines it). Each has an inline namespace of its own, so that a program may hold code for both.

#if !defined(JUGGLE_BOOST_ASIO)
#define JUGGLE_BOOST_ASIO 0
#endif

#include <juggle/config.hpp>

#if JUGGLE_BOOST_ASIO
#define JUGGLE_ASIO_FLAVOUR over_boost_asio
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/channel_error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/version.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#else
#define JUGGLE_ASIO_FLAVOUR over_asio
#include <asio/async_result.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/error_code.hpp>
#include <asio/execution/context.hpp>
#include <asio/execution_context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/experimental/channel_error.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/query.hpp>
#include <asio/steady_timer.hpp>
#include <asio/system_error.hpp>
#include <asio/version.hpp>
#endif

#if JUGGLE_BOOST_ASIO ? BOOST_ASIO_VERSION < 102600 : ASIO_VERSION < 102200
#error "juggle::asio needs Asio 1.22, or Boost 1.81, or newer: their cancellation slots"
#endif

// Where there are file descriptors.
#if defined(ASIO_HAS_POSIX_STREAM_DESCRIPTOR) || defined(BOOST_ASIO_HAS_POSIX_STREAM_DESCRIPTOR)
#define JUGGLE_ASIO_HAS_DESCRIPTORS 1
#else
#define JUGGLE_ASIO_HAS_DESCRIPTORS 0
#endif

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR {

#if JUGGLE_BOOST_ASIO
/// The Asio that is used.
namespace net = ::boost::asio;
using error_code = ::boost::system::error_code;
using system_error = ::boost::system::system_error;
#else
/// The Asio that is used.
namespace net = ::asio;
using error_code = ::asio::error_code;
using system_error = ::asio::system_error;
#endif

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR
