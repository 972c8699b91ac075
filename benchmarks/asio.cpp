// The network in the executor's loop, beside Asio's own coroutines and what is written by hand.

#include "benchmarks.hpp"
#include "measure.hpp"
#include "post_asleep.hpp"

#include <juggle/asio.hpp>
#include <juggle/when_all.hpp>

#include <array>
#include <cstdint>
#include <stdexcept>

#include <asio.hpp>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using asio::ip::udp;
using juggle::Executor;
using juggle::Task;
using juggle::asio::use_task;
using measure::Waker;

/// Round trips in one sample; each is two datagrams, so four operations.
constexpr int rounds = 200;
constexpr int operations = rounds * 4;

struct Pair {
    explicit Pair(asio::io_context& context)
        : left{context, {asio::ip::address_v4::loopback(), 0}},
          right{context, {asio::ip::address_v4::loopback(), 0}} {
        left.connect(right.local_endpoint());
        right.connect(left.local_endpoint());
    }
    udp::socket left;
    udp::socket right;
};

juggle::ExecutorOptions sleeping_in(juggle::asio::Loop& loop) {
    juggle::ExecutorOptions options;
    options.idle = &loop;
    return options;
}

Task<> ask(udp::socket& socket) {
    std::array<char, 64> bytes{};
    for (int round = 0; round < rounds; ++round) {
        co_await socket.async_send(asio::buffer(bytes), use_task);
        co_await socket.async_receive(asio::buffer(bytes), use_task);
    }
}

Task<> answer(udp::socket& socket) {
    std::array<char, 64> bytes{};
    for (int round = 0; round < rounds; ++round) {
        co_await socket.async_receive(asio::buffer(bytes), use_task);
        co_await socket.async_send(asio::buffer(bytes), use_task);
    }
}

/// The same by Asio's own coroutines.
struct ByAwaitables {
    asio::io_context context{1};
    Pair pair{context};

    static asio::awaitable<void> ask(udp::socket& socket) {
        std::array<char, 64> bytes{};
        for (int round = 0; round < rounds; ++round) {
            co_await socket.async_send(asio::buffer(bytes), asio::use_awaitable);
            co_await socket.async_receive(asio::buffer(bytes), asio::use_awaitable);
        }
    }
    static asio::awaitable<void> answer(udp::socket& socket) {
        std::array<char, 64> bytes{};
        for (int round = 0; round < rounds; ++round) {
            co_await socket.async_receive(asio::buffer(bytes), asio::use_awaitable);
            co_await socket.async_send(asio::buffer(bytes), asio::use_awaitable);
        }
    }
    void run() {
        asio::co_spawn(context, answer(pair.right), asio::detached);
        asio::co_spawn(context, ask(pair.left), asio::detached);
        context.restart();
        context.run();
    }
};

/// The same by system calls alone: epoll tells which socket has something.
class ByEpoll {
public:
    ByEpoll() {
        for (const int fd : {pair_.left.native_handle(), pair_.right.native_handle()}) {
            epoll_event event{};
            event.events = EPOLLIN | EPOLLET;
            event.data.fd = fd;
            check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event));
        }
        pair_.left.non_blocking(true);
        pair_.right.non_blocking(true);
    }
    ~ByEpoll() { ::close(epoll_); }
    ByEpoll(const ByEpoll&) = delete;
    ByEpoll& operator=(const ByEpoll&) = delete;

    void run() {
        const int left = pair_.left.native_handle();
        std::array<char, 64> bytes{};
        check(::send(left, bytes.data(), bytes.size(), 0));
        for (int round = 0; round < rounds;) {
            epoll_event event{};
            check(::epoll_wait(epoll_, &event, 1, -1));
            const int fd = event.data.fd;
            check(::recv(fd, bytes.data(), bytes.size(), 0));
            if (fd != left || ++round < rounds) {
                check(::send(fd, bytes.data(), bytes.size(), 0));
            }
        }
    }

private:
    static void check(std::int64_t result) {
        if (result < 0) {
            throw std::runtime_error{"a system call failed"};
        }
    }

    asio::io_context context_{1};
    Pair pair_{context_};
    int epoll_ = ::epoll_create1(0);
};

class ByTasks {
public:
    void run() {
        executor_.run([](Pair& pair) -> Task<> {
            co_await juggle::when_all(answer(pair.right), ask(pair.left));
        }(pair_));
    }

private:
    asio::io_context context_{1};
    juggle::asio::Loop loop_{context_};
    Executor executor_{sleeping_in(loop_)};
    Pair pair_{context_};
};

/// The time of an operation.
template <class Way>
void ping_pong(benchmark::State& state) {
    measure::or_skip(state, [&state] {
        Way way;
        ByAwaitables reference;
        way.run();
        reference.run();
        measure::Samples samples{state};
        for (auto _ : state) {
            const auto start = measure::Time::now();
            way.run();
            samples.add_since(start, operations);
            const auto reference_start = measure::Time::now();
            reference.run();
            samples.add_reference_since(reference_start, operations);
        }
    });
}

/// An eventfd to sleep on by epoll, with nothing around it.
class EventFd {
public:
    EventFd() {
        epoll_event event{};
        event.events = EPOLLIN;
        (void)::epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &event);
    }
    ~EventFd() {
        ::close(event_);
        ::close(epoll_);
    }
    EventFd(const EventFd&) = delete;
    EventFd& operator=(const EventFd&) = delete;

    void wait_for(Waker& waker) {
        waker.request(
            [](void* self) {
                const std::uint64_t one = 1;
                (void)!::write(static_cast<EventFd*>(self)->event_, &one, sizeof one);
            },
            this);
        epoll_event event{};
        (void)::epoll_wait(epoll_, &event, 1, -1);
        std::uint64_t wakes = 0;
        (void)!::read(event_, &wakes, sizeof wakes);
    }

private:
    int epoll_ = ::epoll_create1(0);
    int event_ = ::eventfd(0, EFD_NONBLOCK);
};

void wake_asleep(benchmark::State& state) {
    measure::or_skip(state, [&state] {
        asio::io_context context;
        juggle::asio::Loop loop{context};
        Executor executor{sleeping_in(loop)};
        executor.run(measure::post_asleep<EventFd>(state, executor));
    });
}

}  // namespace

void register_asio_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("asio/udp_ping_pong", &ping_pong<ByTasks>)->UseManualTime();
    RegisterBenchmark("reference/asio_awaitable", &ping_pong<ByAwaitables>)->UseManualTime();
    RegisterBenchmark("reference/epoll_by_hand", &ping_pong<ByEpoll>)->UseManualTime();
    RegisterBenchmark("asio/post_asleep", &wake_asleep)->UseManualTime();
}
