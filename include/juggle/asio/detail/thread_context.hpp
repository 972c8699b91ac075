#pragma once

#include <juggle/asio/detail/net.hpp>

namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR {

namespace detail {

/// The io_context that a `Loop` runs on this thread: its operations may be cancelled from here.
inline thread_local const net::execution_context* context_of_this_thread = nullptr;

}  // namespace detail

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR
