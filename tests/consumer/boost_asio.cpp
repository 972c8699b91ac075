#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

#include <boost/asio.hpp>

juggle::Task<> wait(boost::asio::io_context& context) {
    boost::asio::steady_timer timer{context, std::chrono::milliseconds{1}};
    co_await timer.async_wait(juggle::asio::use_task);
    std::puts("waited");
}

int main() {
    boost::asio::io_context context;
    juggle::asio::Loop loop{context};
    juggle::Executor executor{{.idle = &loop}};
    executor.run(wait(context));
}
