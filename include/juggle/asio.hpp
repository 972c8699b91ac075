#pragma once

// juggle::asio: the network in the executor's loop, by standalone Asio or Boost.Asio.

#include <juggle/asio/as_result.hpp>
#include <juggle/asio/loop.hpp>
#include <juggle/asio/packet_receiver.hpp>
#include <juggle/asio/packet_sender.hpp>
#include <juggle/asio/packet_window.hpp>
#include <juggle/asio/use_task.hpp>

#if JUGGLE_ASIO_HAS_DESCRIPTORS
#include <juggle/asio/readable.hpp>
#endif
