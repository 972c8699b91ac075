// readable(fd) and writable(fd).

#include "support/asio.hpp"
#include "support/catch.hpp"
#include "support/tasks.hpp"

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using juggle::Executor;
using juggle::Task;
using juggle::asio::readable;
using juggle::asio::writable;
using support::exception_of;
using support::NetworkExecutor;
using namespace std::chrono_literals;

namespace {

/// A pair of Unix stream sockets.
class Pair {
public:
    Pair() {
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()) != 0) {
            throw std::runtime_error{"socketpair"};
        }
    }
    ~Pair() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    int near() const { return ends_[0]; }
    int far() const { return ends_[1]; }

private:
    std::array<int, 2> ends_{};
};

void put(int fd) { REQUIRE(::write(fd, "x", 1) == 1); }
void take(int fd) {
    char byte = 0;
    REQUIRE(::read(fd, &byte, 1) == 1);
}

}  // namespace

TEST_CASE("readable: waits until there is something, again and again") {
    NetworkExecutor network;
    const Pair pair;
    network.executor.run([](const Pair& ends) -> Task<> {
        for (int round = 0; round < 20; ++round) {
            auto wait = Executor::current()->spawn(readable(ends.near()));
            co_await juggle::yield();
            CHECK_FALSE(wait.done());
            put(ends.far());
            co_await wait;
            take(ends.near());
        }
    }(pair));
}

TEST_CASE("readable: the descriptor is left as it was") {
    NetworkExecutor network;
    const Pair pair;
    const int before = ::fcntl(pair.near(), F_GETFL);
    REQUIRE((before & O_NONBLOCK) == 0);
    put(pair.far());
    network.executor.run(readable(pair.near()));
    CHECK(::fcntl(pair.near(), F_GETFL) == before);
    take(pair.near());
}

TEST_CASE("readable: whoever shares the descriptor may block meanwhile") {
    NetworkExecutor network;
    const Pair pair;
    const int other = ::dup(pair.near());
    network.executor.run([](const Pair& ends, int shared) -> Task<> {
        auto wait = Executor::current()->spawn(readable(ends.near()));
        auto second = Executor::current()->spawn(readable(shared));
        co_await juggle::sleep_for(1us);
        CHECK((::fcntl(shared, F_GETFL) & O_NONBLOCK) == 0);
        put(ends.far());
        co_await wait;
        co_await second;
        CHECK((::fcntl(shared, F_GETFL) & O_NONBLOCK) == 0);
    }(pair, other));
    ::close(other);
}

TEST_CASE("readable, writable: several tasks wait for the two directions of one descriptor") {
    NetworkExecutor network;
    const Pair pair;
    network.executor.run([](const Pair& ends) -> Task<> {
        auto first = Executor::current()->spawn(readable(ends.near()));
        auto second = Executor::current()->spawn(readable(ends.near()));
        co_await writable(ends.near());
        CHECK_FALSE(first.done());
        put(ends.far());
        co_await first;
        co_await second;
        co_await readable(ends.near());
    }(pair));
}

TEST_CASE("readable: an end that is gone can be read, and a number may be used again") {
    NetworkExecutor network;
    for (int round = 0; round < 3; ++round) {
        const Pair pair;
        ::shutdown(pair.far(), SHUT_WR);
        network.executor.run(readable(pair.near()));
    }
}

TEST_CASE("readable: a stop request ends it, and nothing is taken") {
    NetworkExecutor network;
    const Pair pair;
    network.executor.run([](const Pair& ends) -> Task<> {
        const auto error = co_await exception_of(juggle::timeout(100us, readable(ends.near())));
        CHECK(support::is<juggle::TimedOut>(error));
        put(ends.far());
        co_await readable(ends.near());
        take(ends.near());
    }(pair));
}

TEST_CASE("readable: a descriptor that is none, or that epoll does not take") {
    NetworkExecutor network;
    const auto error = network.executor.run(exception_of(readable(-3)));
    CHECK(support::is<juggle::asio::system_error>(error));
    CHECK(support::contains(support::text_of(error),
                            "juggle::asio::readable: argument 'fd' is -3: Bad file descriptor"));
    const int file = ::open("/proc/self/exe", O_RDONLY);
    REQUIRE(file >= 0);
    const auto regular = network.executor.run(exception_of(readable(file)));
    CHECK(support::is<juggle::asio::system_error>(regular));
    CHECK(support::contains(support::text_of(regular), "argument 'fd' is " + std::to_string(file)));
    ::close(file);
}

TEST_CASE("readable: an executor that sleeps elsewhere") {
    Executor executor;
    const auto error = executor.run(exception_of(readable(0)));
    CHECK(support::is<std::logic_error>(error));
    CHECK(support::contains(support::text_of(error), "does not sleep in a juggle::asio::Loop"));
}
