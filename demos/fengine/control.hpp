#pragma once

#include "fengine/fengine.hpp"
#include "gpu.hpp"

#include <juggle/task.hpp>

#include <boost/asio/ip/tcp.hpp>

namespace fengine::ON_GPU {

/// `co_await`: takes commands from clients, a line each, until a stop request, and answers each by
/// one line that begins with "ok" or "error:"; "help" lists them. Clients are served at the same
/// time.
[[nodiscard]] juggle::Task<> serve_control(FEngine& engine,
                                           boost::asio::ip::tcp::acceptor& acceptor);

}  // namespace fengine::ON_GPU
