// All of Asio, in either flavour, and an executor that sleeps in it.
#pragma once

#include "support/test_executor.hpp"

#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>

#include <array>
#include <cstddef>
#include <utility>

#if JUGGLE_BOOST_ASIO
#include <boost/asio.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/experimental/channel.hpp>
#else
#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/channel.hpp>
#endif

namespace support {

namespace net = juggle::asio::net;
using tcp = net::ip::tcp;
using udp = net::ip::udp;

struct NetworkExecutor {
    Reports reports;
    net::io_context context;
    juggle::asio::Loop loop{context};
    juggle::Executor executor{options()};

    juggle::ExecutorOptions options() {
        juggle::ExecutorOptions result = reports.options();
        result.idle = &loop;
        return result;
    }
};

/// Two sockets on loopback that are connected to each other.
struct DatagramPair {
    explicit DatagramPair(net::io_context& context)
        : left{context, {net::ip::address_v4::loopback(), 0}},
          right{context, {net::ip::address_v4::loopback(), 0}} {
        left.connect(right.local_endpoint());
        right.connect(left.local_endpoint());
    }
    udp::socket left;
    udp::socket right;
};

struct StreamPair {
    explicit StreamPair(net::io_context& context) : left{context}, right{context} {
        tcp::acceptor acceptor{context, {net::ip::address_v4::loopback(), 0}};
        left.connect(acceptor.local_endpoint());
        acceptor.accept(right);
        left.set_option(tcp::no_delay{true});
        right.set_option(tcp::no_delay{true});
    }
    tcp::socket left;
    tcp::socket right;
};

}  // namespace support
