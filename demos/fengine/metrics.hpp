#pragma once

#include "fengine/fengine.hpp"
#include "gpu.hpp"

#include <juggle/task.hpp>

#include <string>

#include <boost/asio/ip/tcp.hpp>

namespace fengine::ON_GPU {

/// All counts, as Prometheus reads them; in a task.
[[nodiscard]] std::string metrics_page(const FEngine& engine);

/// The same for a person: what has come in and gone out.
[[nodiscard]] std::string summary(const FEngine& engine);

/// `co_await`: answers GET /metrics until a stop request.
[[nodiscard]] juggle::Task<> serve_metrics(const FEngine& engine,
                                           boost::asio::ip::tcp::acceptor& acceptor);

}  // namespace fengine::ON_GPU
