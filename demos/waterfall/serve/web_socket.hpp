#pragma once

#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace waterfall {

using WebSocket = boost::beast::websocket::stream<boost::beast::tcp_stream>;

}  // namespace waterfall
