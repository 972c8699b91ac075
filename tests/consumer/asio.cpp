#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>

#include <asio.hpp>

juggle::Task<> wait(asio::io_context& context) {
    asio::steady_timer timer{context, std::chrono::milliseconds{1}};
    co_await timer.async_wait(juggle::asio::use_task);
    std::puts("waited");
}

int main() {
    asio::io_context context;
    juggle::asio::Loop loop{context};
    juggle::Executor executor{{.idle = &loop}};
    executor.run(wait(context));
}
