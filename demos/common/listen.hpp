#pragma once

#include "common/host_and_port.hpp"

#include <juggle/asio.hpp>

#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace common {

/// A socket that clients can connect to from now on. Throws Error that names the option, the place
/// and what is wrong with it. Blocks where a name has to be looked up.
[[nodiscard]] boost::asio::ip::tcp::acceptor listen(boost::asio::io_context& context,
                                                    const HostAndPort& place,
                                                    const std::string& option);

/// Where it listens, with the port that the system has chosen.
[[nodiscard]] HostAndPort place_of(const boost::asio::ip::tcp::acceptor& acceptor);

/// The next client. Waits a moment and tries again where the system has no descriptor or no memory
/// for it.
[[nodiscard]] juggle::Task<boost::asio::ip::tcp::socket> accept(
    boost::asio::ip::tcp::acceptor& acceptor);

}  // namespace common
