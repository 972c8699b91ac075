// A library that does its own reading and writing is waited for by its descriptor: here ZeroMQ.
#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>

#include <array>
#include <cstdio>
#include <string_view>

#include <asio.hpp>
#include <zmq.h>

/// Receives a message. The descriptor only says that something has changed in the socket, and not
/// again before the library was asked what: so ask it until there is nothing.
juggle::Task<std::string_view> receive(void* socket, std::array<char, 64>& bytes) {
    int fd = -1;
    std::size_t size = sizeof fd;
    zmq_getsockopt(socket, ZMQ_FD, &fd, &size);
    for (;;) {
        const int count = zmq_recv(socket, bytes.data(), bytes.size(), ZMQ_DONTWAIT);
        if (count >= 0) {
            co_return std::string_view{bytes.data(), static_cast<std::size_t>(count)};
        }
        co_await juggle::asio::readable(fd);
    }
}

juggle::Task<> print(void* socket) {
    std::array<char, 64> bytes{};
    for (int number = 0; number < 3; ++number) {
        const std::string_view text = co_await receive(socket, bytes);
        std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
    }
}

juggle::Task<> talk(void* pull, void* push) {
    auto prints = juggle::Executor::current()->spawn(print(pull));
    for (const std::string_view text : {"one", "two", "three"}) {
        zmq_send(push, text.data(), text.size(), 0);
        co_await juggle::yield();
    }
    co_await prints;
}

int main() {
    void* const messages = zmq_ctx_new();
    void* const pull = zmq_socket(messages, ZMQ_PULL);
    void* const push = zmq_socket(messages, ZMQ_PUSH);
    zmq_bind(pull, "inproc://numbers");
    zmq_connect(push, "inproc://numbers");

    asio::io_context context;
    juggle::asio::Loop loop{context};
    juggle::Executor executor{{.idle = &loop}};
    executor.run(talk(pull, push));

    zmq_close(push);
    zmq_close(pull);
    zmq_ctx_term(messages);
}

// prints:
// one
// two
// three
