#pragma once

#include <juggle/asio/detail/net.hpp>

#include <cstddef>

namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail {

/// What operations see of the `Loop` in which this thread sleeps.
struct ThreadLoop {
    const net::execution_context* context;
    std::size_t operations = 0;  // of that context that tasks wait for
};

inline thread_local ThreadLoop* thread_loop = nullptr;

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail
