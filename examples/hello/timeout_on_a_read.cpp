// A read that nobody answers is given up after a while, and no byte is lost by that.
#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <utility>

#include <asio.hpp>

using asio::ip::tcp;
using juggle::asio::use_task;
using namespace std::chrono_literals;

juggle::Task<> read(tcp::socket& socket, juggle::AsyncEvent& gave_up) {
    std::array<char, 16> bytes{};
    for (juggle::Duration limit = 2ms;; limit = 1h) {
        try {
            // Asked to stop when the time is over; what it has read by then is given nevertheless.
            const std::size_t count = co_await juggle::timeout(
                limit, socket.async_read_some(asio::buffer(bytes), use_task));
            std::printf("read %.*s\n", static_cast<int>(count), bytes.data());
        } catch (const juggle::TimedOut&) {
            std::puts("nothing yet");
            gave_up.set();
        } catch (const std::system_error& error) {
            std::printf("the end: %s\n", error.what());
            break;
        }
    }
}

juggle::Task<> answer_late(tcp::socket client, juggle::AsyncEvent& gave_up) {
    co_await gave_up;
    co_await asio::async_write(client, asio::buffer("late", 4), use_task);
}

juggle::Task<> talk(asio::io_context& context) {
    juggle::AsyncEvent gave_up;
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    tcp::socket client{context};
    co_await client.async_connect(acceptor.local_endpoint(), use_task);
    tcp::socket server = co_await acceptor.async_accept(use_task);
    co_await juggle::when_all(read(server, gave_up), answer_late(std::move(client), gave_up));
}

int main() {
    asio::io_context context;
    juggle::asio::Loop loop{context};
    juggle::Executor executor{{.idle = &loop}};
    executor.run(talk(context));
}

// prints:
// nothing yet
// read late
// the end: End of file
