#ifdef PEERS_BOOST
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
namespace net = boost::asio;
#else
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
namespace net = asio;
#endif

#include <cstdio>

net::awaitable<void> hello() {
    co_await net::post(net::use_awaitable);
    std::puts("hello");
}

int main() {
    net::io_context context{1};
    net::co_spawn(context, hello(), net::detached);
    context.run();
}
