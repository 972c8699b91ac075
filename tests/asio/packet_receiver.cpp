// Datagrams, many at a time: none is lost, whatever fails and whenever a task is stopped.

#include "support/allocation_counter.hpp"
#include "support/asio.hpp"
#include "support/catch.hpp"
#include "support/packet_calls.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/asio/packet_receiver.hpp>
#include <juggle/asio/packet_sender.hpp>
#include <juggle/asio/packet_window.hpp>
#include <juggle/juggle.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace net = juggle::asio::net;
using juggle::Cancelled;
using juggle::Task;
using juggle::asio::PacketReceiver;
using juggle::asio::PacketReceiverOptions;
using juggle::asio::PacketSender;
using support::contains;
using support::DatagramPair;
using support::exception_of;
using support::is;
using support::NetworkExecutor;
using support::PacketCalls;
using support::text_of;
using support::udp;
using Method = PacketReceiverOptions::Method;
using Plan = PacketCalls::Plan;
using FaultyReceiver = PacketReceiver<udp::socket, PacketCalls>;
using Bytes = std::vector<std::byte>;

namespace {

constexpr Method methods[] = {Method::gro, Method::recvmmsg, Method::recv};

/// A datagram that nobody takes for another one of the same length.
Bytes datagram(std::size_t size, std::size_t number) {
    Bytes bytes(size);
    for (std::size_t index = 0; index < size; ++index) {
        bytes[index] = static_cast<std::byte>((index * 7 + number * 31) & 0xFF);
    }
    return bytes;
}

void send(udp::socket& socket, const Bytes& bytes) { socket.send(net::buffer(bytes)); }

std::vector<Bytes> send_sizes(udp::socket& socket, std::initializer_list<std::size_t> sizes) {
    std::vector<Bytes> all;
    for (const std::size_t size : sizes) {
        all.push_back(datagram(size, all.size()));
        send(socket, all.back());
    }
    return all;
}

template <class Receiver>
Task<> receive_so_many(Receiver& receiver, std::size_t count, std::vector<Bytes>& all) {
    while (all.size() < count) {
        co_await receiver.receive();
        while (const auto packet = receiver.next()) {
            all.emplace_back(packet->begin(), packet->end());
        }
    }
}

template <class Receiver>
std::vector<Bytes> received(NetworkExecutor& network, Receiver& receiver, std::size_t count) {
    std::vector<Bytes> all;
    network.executor.run(receive_so_many(receiver, count, all));
    return all;
}

/// A train of datagrams of this length, in one message.
void send_train(NetworkExecutor& network, udp::socket& socket, const Bytes& bytes,
                std::size_t length) {
    PacketSender sender{socket, {.method = juggle::asio::PacketSenderOptions::Method::gso}};
    network.executor.run(sender.send(bytes, length));
    REQUIRE(sender.counts().calls == 1);
}

Bytes joined(const std::vector<Bytes>& all) {
    Bytes bytes;
    for (const Bytes& part : all) {
        bytes.insert(bytes.end(), part.begin(), part.end());
    }
    return bytes;
}

}  // namespace

TEST_CASE("packets of any length come in order, however they are read") {
    for (const Method method : methods) {
        NetworkExecutor network;
        DatagramPair pair{network.context};
        PacketReceiver receiver{pair.right, {.method = method}};
        CHECK(receiver.method() == method);
        const std::vector<Bytes> sent =
            send_sizes(pair.left, {1, 1472, 0, 9216, 0, 0, 17, 1472, 1472, 1471, 2, 3});
        CHECK(received(network, receiver, sent.size()) == sent);
        CHECK(receiver.counts().datagrams == sent.size());
        CHECK(receiver.counts().bytes == joined(sent).size());
        CHECK(receiver.counts().truncated == 0);
        CHECK(receiver.counts().dropped == 0);
        CHECK(receiver.next() == std::nullopt);
    }
}

TEST_CASE("a train of packets is one read, and each packet is given") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    PacketReceiver receiver{pair.right};
    REQUIRE(receiver.method() == Method::gro);
    const Bytes bytes = datagram(1000 * 43 + 7, 0);
    send_train(network, pair.left, bytes, 1000);
    const std::vector<Bytes> packets = received(network, receiver, 44);
    CHECK(packets.front().size() == 1000);
    CHECK(packets.back().size() == 7);
    CHECK(joined(packets) == bytes);
    CHECK(receiver.counts().reads == 1);
    CHECK(receiver.counts().datagrams == 44);
}

TEST_CASE("a datagram that is too long is counted and not given") {
    for (const Method method : {Method::recvmmsg, Method::recv}) {
        NetworkExecutor network;
        DatagramPair pair{network.context};
        PacketReceiver receiver{pair.right, {.max_datagram = 100, .method = method}};
        const std::vector<Bytes> sent = send_sizes(pair.left, {99, 101, 100, 5000, 102, 1});
        const std::vector<Bytes> all = received(network, receiver, 3);
        CHECK(all == std::vector<Bytes>{sent[0], sent[2], sent[5]});
        CHECK(receiver.counts().truncated == 3);
        CHECK(receiver.counts().datagrams == 3);
        CHECK(receiver.counts().bytes == 200);
    }
}

TEST_CASE("with GRO no length is too long") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    PacketReceiver receiver{pair.right, {.max_datagram = 100}};
    const std::vector<Bytes> sent = send_sizes(pair.left, {65'507, 1, 101});
    CHECK(received(network, receiver, 3) == sent);
}

TEST_CASE("what the kernel drops is counted when the next packet comes") {
    for (const Method method : {Method::gro, Method::recvmmsg}) {
        NetworkExecutor network;
        DatagramPair pair{network.context};
        PacketReceiver receiver{pair.right, {.receive_buffer = 1, .method = method}};
        for (std::size_t number = 0; number < 500; ++number) {
            send(pair.left, datagram(1000, number));
        }
        std::vector<Bytes> all = received(network, receiver, 1);
        send(pair.left, {});
        while (!all.back().empty()) {
            for (Bytes& packet : received(network, receiver, 1)) {
                all.push_back(std::move(packet));
            }
        }
        CHECK(all.size() < 500);
        CHECK(receiver.counts().dropped == 501 - all.size());
    }
}

TEST_CASE("the receive buffer that was granted is told") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    const std::size_t before = PacketReceiver{pair.right}.receive_buffer();
    CHECK(before > 0);
    CHECK(PacketReceiver{pair.right, {.receive_buffer = 50'000}}.receive_buffer() == 50'000);
    CHECK(PacketReceiver{pair.right}.receive_buffer() == 50'000);
}

namespace {

template <class Receiver>
Task<> fill(Receiver& receiver, std::span<std::byte> memory) {
    while (!memory.empty()) {
        const std::size_t bytes = co_await receiver.receive_into(memory);
        memory = memory.subspan(bytes);
    }
}

}  // namespace

TEST_CASE("bytes are written into memory as they come, across its end") {
    for (const Method method : methods) {
        for (const std::size_t chunk : {1U, 999U, 1000U, 3001U, 83'006U}) {
            NetworkExecutor network;
            DatagramPair pair{network.context};
            PacketReceiver receiver{pair.right, {.method = method}};
            const Bytes bytes = datagram(1000 * 41 + 3, chunk);
            send_train(network, pair.left, bytes, 1000);
            send(pair.left, {});
            send_train(network, pair.left, bytes, 1000);
            send(pair.left, datagram(1000, 0));  // so that none of the chunks waits for more
            Bytes memory(2 * bytes.size());
            for (std::size_t at = 0; at < memory.size();) {
                const std::size_t size = std::min(chunk, memory.size() - at);
                network.executor.run(fill(receiver, std::span{memory}.subspan(at, size)));
                at += size;
            }
            CAPTURE(chunk, method);
            REQUIRE(memory == joined({bytes, bytes}));
        }
    }
}

TEST_CASE("of a packet that had no room in memory the rest is next") {
    for (const Method method : methods) {
        NetworkExecutor network;
        DatagramPair pair{network.context};
        PacketReceiver receiver{pair.right, {.method = method}};
        const Bytes bytes = datagram(3500, 0);
        send_train(network, pair.left, bytes, 1000);
        Bytes memory(1300);
        network.executor.run(fill(receiver, std::span{memory}.first(1100)));
        network.executor.run(fill(receiver, std::span{memory}.subspan(1100)));
        const std::vector<Bytes> rest = received(network, receiver, 3);
        CHECK(rest[0].size() == 700);
        CHECK(rest[1].size() == 1000);
        CHECK(rest[2].size() == 500);
        CHECK(joined({memory, rest[0], rest[1], rest[2]}) == bytes);
        CHECK(receiver.counts().datagrams == 4);
        CHECK(receiver.counts().bytes == 3500);
    }
}

TEST_CASE("memory without room is refused") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    PacketReceiver receiver{pair.right};
    CHECK_THROWS_AS(network.executor.run(receiver.receive_into({})), std::invalid_argument);
}

TEST_CASE("options out of range are refused with their names") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    const auto refused = [&pair](const PacketReceiverOptions& options) -> std::string {
        try {
            const PacketReceiver receiver{pair.left, options};
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return {};
    };
    CHECK(refused({.max_datagram = 0}) == "juggle: PacketReceiver: argument 'max_datagram' is 0");
    CHECK(refused({.max_datagram = 65'536}) ==
          "juggle: PacketReceiver: argument 'max_datagram' is 65536");
    CHECK(refused({.receive_buffer = std::size_t{1} << 31}) ==
          "juggle: PacketReceiver: argument 'receive_buffer' is 2147483648");
    CHECK(refused({.max_datagram = 65'535}).empty());
}

TEST_CASE("a socket that is not open is refused") {
    NetworkExecutor network;
    udp::socket closed{network.context};
    CHECK_THROWS_AS(PacketReceiver{closed}, juggle::asio::system_error);
}

namespace {

Task<> send_later(udp::socket& socket, std::size_t count) {
    for (std::size_t number = 0; number < count; ++number) {
        co_await support::yield_times(3);
        send(socket, datagram(100 + number, number));
    }
}

}  // namespace

TEST_CASE("a receiver waits for what has not come yet") {
    for (const Method method : methods) {
        NetworkExecutor network;
        DatagramPair pair{network.context};
        PacketReceiver receiver{pair.right, {.method = method}};
        std::vector<Bytes> all;
        const auto both = [&]() -> Task<> {
            co_await juggle::when_all(receive_so_many(receiver, 20, all),
                                      send_later(pair.left, 20));
        };
        network.executor.run(both());
        REQUIRE(all.size() == 20);
        CHECK(all[7] == datagram(107, 7));
    }
}

TEST_CASE("other tasks have their turns while a receiver has much to read") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    PacketReceiver receiver{pair.right, {.method = Method::recv}};
    for (std::size_t number = 0; number < 200; ++number) {
        send(pair.left, datagram(1, number));
    }
    int turns = 0;
    bool done = false;
    const auto other = [&]() -> Task<> {
        while (!done) {
            ++turns;
            co_await juggle::yield();
        }
    };
    const auto reading = [&]() -> Task<> {
        std::vector<Bytes> all;
        co_await receive_so_many(receiver, 200, all);
        done = true;
    };
    const auto both = [&]() -> Task<> { co_await juggle::when_all(reading(), other()); };
    network.executor.run(both());
    CHECK(turns >= 4);
}

TEST_CASE("two tasks cannot read at the same time") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    PacketReceiver receiver{pair.right};
    const auto test = [&]() -> Task<> {
        juggle::JoinHandle<> first = network.executor.spawn(receiver.receive());
        co_await support::yield_times(3);
        const std::exception_ptr error = co_await exception_of(receiver.receive());
        CHECK(is<std::logic_error>(error));
        CHECK(contains(text_of(error), "another task"));
        send(pair.left, datagram(5, 0));
        co_await std::move(first);
        CHECK(receiver.next()->size() == 5);
    };
    network.executor.run(test());
}

// One that is stopped.

namespace {

Task<> note_all(PacketReceiver<>& receiver, std::vector<Bytes>& all) {
    for (;;) {
        co_await receiver.receive();
        while (const auto packet = receiver.next()) {
            all.emplace_back(packet->begin(), packet->end());
            co_await juggle::yield();  // is stopped in the middle of what was read as well
        }
    }
}

Task<> fill_memory(PacketReceiver<>& receiver, Bytes& all) {
    Bytes memory(150);
    for (;;) {
        const std::size_t bytes = co_await receiver.receive_into(memory);
        all.insert(all.end(), memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(bytes));
        co_await juggle::yield();
    }
}

/// Some turns of the executor, and some of the io_context's.
Task<> pass_turns(net::io_context& context, std::size_t number) {
    for (std::size_t turn = 0; turn < number % 4; ++turn) {
        co_await net::post(context, juggle::asio::use_task);
    }
    co_await support::yield_times(static_cast<int>(number % 3));
}

/// Starts a reader and stops it, again and again, while packets are sent.
template <class Read>
Task<> stop_often(NetworkExecutor& network, udp::socket& from, const Bytes& sent, Read read) {
    for (std::size_t number = 0; number < sent.size() / 100; ++number) {
        juggle::JoinHandle<> reader = network.executor.spawn(read());
        co_await pass_turns(network.context, number);
        const auto begin = sent.begin() + static_cast<std::ptrdiff_t>(100 * number);
        send(from, Bytes(begin, begin + 100));
        co_await pass_turns(network.context, number / 7);
        reader.request_stop();
        const std::exception_ptr error = co_await exception_of(std::move(reader));
        CHECK(is<Cancelled>(error));
    }
}

}  // namespace

TEST_CASE("no packet is lost when those who read are stopped") {
    for (const Method method : methods) {
        NetworkExecutor network;
        DatagramPair pair{network.context};
        PacketReceiver receiver{pair.right, {.method = method}};
        const Bytes sent = datagram(100 * 2000, 3);
        std::vector<Bytes> all;
        network.executor.run(
            stop_often(network, pair.left, sent, [&] { return note_all(receiver, all); }));
        CHECK(all.size() > 1000);
        network.executor.run(receive_so_many(receiver, 2000, all));
        CHECK(joined(all) == sent);
    }
}

TEST_CASE("no byte is lost when those who fill memory are stopped") {
    for (const Method method : methods) {
        NetworkExecutor network;
        DatagramPair pair{network.context};
        PacketReceiver receiver{pair.right, {.method = method}};
        const Bytes sent = datagram(100 * 2000, 3);
        Bytes all;
        network.executor.run(
            stop_often(network, pair.left, sent, [&] { return fill_memory(receiver, all); }));
        CHECK(all.size() > sent.size() / 2);
        Bytes rest(sent.size() - all.size());
        network.executor.run(fill(receiver, rest));
        CHECK(joined({all, rest}) == sent);
    }
}

// Calls that fail.

TEST_CASE("an error of a read is thrown with the call's name, and nothing is lost") {
    for (const Method method : methods) {
        for (const int error :
             {EBADF, EFAULT, EINVAL, EIO, ENOBUFS, ENOMEM, ENOTCONN, EHOSTUNREACH}) {
            for (int number = 0; number < 3; ++number) {
                const bool into = error == ENOMEM;
                NetworkExecutor network;
                DatagramPair pair{network.context};
                Plan plan;
                plan.receive[number] = error;
                plan.most_at_once = 1;
                FaultyReceiver receiver{pair.right, {.method = method}};
                const std::vector<Bytes> sent = send_sizes(pair.left, {500, 400, 300, 200, 100});
                Bytes memory(1500);
                std::vector<Bytes> all;
                std::size_t filled = 0;
                int errors = 0;
                while (into ? filled < memory.size() : all.size() < sent.size()) {
                    try {
                        if (into) {
                            filled += network.executor.run(
                                receiver.receive_into(std::span{memory}.subspan(filled)));
                        } else {
                            network.executor.run(receive_so_many(receiver, sent.size(), all));
                        }
                    } catch (const juggle::asio::system_error& thrown) {
                        ++errors;
                        CHECK(thrown.code().value() == error);
                        CHECK(contains(thrown.what(), method == Method::recv
                                                          ? "juggle: PacketReceiver: recv"
                                                          : "juggle: PacketReceiver: recvmmsg"));
                    }
                }
                CAPTURE(method, error, number);
                CHECK(errors == 1);
                CHECK((into ? memory : joined(all)) == joined(sent));
            }
        }
    }
}

TEST_CASE("a read that is interrupted, refused or has nothing goes on") {
    for (const Method method : methods) {
        for (const int error : {EINTR, ECONNREFUSED, EAGAIN}) {
            for (int number = 0; number < 4; ++number) {
                NetworkExecutor network;
                DatagramPair pair{network.context};
                Plan plan;
                plan.receive[number] = error;
                plan.most_at_once = 2;
                FaultyReceiver receiver{pair.right, {.method = method}};
                const std::vector<Bytes> sent = send_sizes(pair.left, {500, 400, 300, 200, 100});
                CAPTURE(method, error, number);
                CHECK(received(network, receiver, sent.size()) == sent);
                CHECK(receiver.counts().refused <= (error == ECONNREFUSED ? 1 : 0));
                CHECK(receiver.counts().refused + (number < 3 ? 0 : 1) >=
                      (error == ECONNREFUSED ? 1 : 0));
            }
        }
    }
}

TEST_CASE("a read that is interrupted for ever is an error, not a task that hangs") {
    for (const Method method : methods) {
        for (const int error : {EINTR, ECONNREFUSED}) {
            NetworkExecutor network;
            DatagramPair pair{network.context};
            Plan plan;
            plan.every_receive = error;
            FaultyReceiver receiver{pair.right, {.method = method}};
            CHECK_THROWS_AS(network.executor.run(receiver.receive()), juggle::asio::system_error);
            plan.every_receive = 0;
            (void)send_sizes(pair.left, {3});
            CHECK(received(network, receiver, 1).front().size() == 3);
        }
    }
}

TEST_CASE("a peer where nobody listens ends no read") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    PacketReceiver receiver{pair.left};
    const udp::endpoint right = pair.right.local_endpoint();
    pair.right.close();
    send(pair.left, {});
    pair.right.open(udp::v4());
    pair.right.bind(right);
    pair.right.connect(pair.left.local_endpoint());
    send(pair.right, datagram(9, 9));
    CHECK(received(network, receiver, 1).front() == datagram(9, 9));
    CHECK(receiver.counts().refused == 1);
}

TEST_CASE("a system without recvmmsg reads one by one") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    Plan plan;
    plan.set_option[UDP_GRO] = ENOPROTOOPT;
    plan.receive[0] = ENOSYS;
    FaultyReceiver receiver{pair.right};
    CHECK(receiver.method() == Method::recvmmsg);
    const std::vector<Bytes> sent = send_sizes(pair.left, {9216, 0, 1});
    CHECK(received(network, receiver, 3) == sent);
    CHECK(receiver.method() == Method::recv);
}

TEST_CASE("options that a system does not have are done without, or are an error") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    Plan plan;
    plan.set_option[UDP_GRO] = ENOPROTOOPT;
    plan.set_option[SO_RXQ_OVFL] = ENOPROTOOPT;
    plan.set_option[SO_RCVBUFFORCE] = EPERM;
    {
        FaultyReceiver receiver{pair.right, {.receive_buffer = 40'000}};
        CHECK(receiver.method() == Method::recvmmsg);
        CHECK(receiver.receive_buffer() == 40'000);
        const std::vector<Bytes> sent = send_sizes(pair.left, {10, 20});
        CHECK(received(network, receiver, 2) == sent);
    }
    const auto refused = [&pair](const PacketReceiverOptions& options) -> std::string {
        try {
            const FaultyReceiver receiver{pair.right, options};
        } catch (const juggle::asio::system_error& error) {
            return error.what();
        }
        return {};
    };
    CHECK(contains(refused({.method = Method::gro}),
                   "juggle: PacketReceiver: setsockopt of UDP_GRO: "));
    plan.set_option[SO_RCVBUF] = ENOMEM;
    CHECK(contains(refused({.receive_buffer = 40'000}),
                   "juggle: PacketReceiver: setsockopt of SO_RCVBUF: "));
}

TEST_CASE("a socket that is closed under its receiver ends the wait with an error") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    PacketReceiver receiver{pair.right};
    const auto test = [&]() -> Task<> {
        juggle::JoinHandle<> reader = network.executor.spawn(receiver.receive());
        co_await support::yield_times(3);
        pair.right.close();
        const std::exception_ptr error = co_await exception_of(std::move(reader));
        CHECK((is<juggle::asio::system_error>(error) || is<Cancelled>(error)));
        const std::exception_ptr again = co_await exception_of(receiver.receive());
        CHECK(is<juggle::asio::system_error>(again));
    };
    network.executor.run(test());
}

TEST_CASE("a socket gives single datagrams again when its receiver is gone") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    { const PacketReceiver receiver{pair.right}; }
    send_train(network, pair.left, datagram(300, 0), 100);
    Bytes memory(1000);
    const auto read = [&]() -> Task<std::size_t> {
        co_return co_await pair.right.async_receive(net::buffer(memory), juggle::asio::use_task);
    };
    CHECK(network.executor.run(read()) == 100);
}

// What no kernel of today says, or only after 2^32 packets.

namespace {

/// A kernel that says what a test wants to hear.
struct Told : juggle::asio::detail::SocketCalls {
    struct Message {
        std::size_t length = 0;
        int segment = 0;
        std::uint32_t dropped = 0;
        bool truncated = false;
    };
    static inline std::vector<Message> messages;

    static int receive_many(int, mmsghdr* given, unsigned count) noexcept {
        const std::size_t number = std::min<std::size_t>(count, messages.size());
        for (std::size_t index = 0; index < number; ++index) {
            fill(given[index], messages[index]);
        }
        messages.erase(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(number));
        errno = EAGAIN;
        return number == 0 ? -1 : static_cast<int>(number);
    }

private:
    static void fill(mmsghdr& given, const Message& message) noexcept {
        std::size_t left = message.length;
        for (std::size_t piece = 0; piece < given.msg_hdr.msg_iovlen; ++piece) {
            const iovec& memory = given.msg_hdr.msg_iov[piece];
            std::memset(memory.iov_base, 1, std::min(left, memory.iov_len));
            left -= std::min(left, memory.iov_len);
        }
        given.msg_len = static_cast<unsigned>(message.length);
        given.msg_hdr.msg_flags = message.truncated ? MSG_TRUNC : 0;
        cmsghdr* control = CMSG_FIRSTHDR(&given.msg_hdr);
        control = put(given.msg_hdr, control, SOL_SOCKET, SO_RXQ_OVFL, &message.dropped);
        if (message.segment != 0) {
            control = put(given.msg_hdr, control, IPPROTO_UDP, UDP_GRO, &message.segment);
        }
        given.msg_hdr.msg_controllen =
            static_cast<std::size_t>(reinterpret_cast<std::byte*>(control) -
                                     static_cast<std::byte*>(given.msg_hdr.msg_control));
    }
    static cmsghdr* put(msghdr&, cmsghdr* control, int level, int type,
                        const void* value) noexcept {
        control->cmsg_level = level;
        control->cmsg_type = type;
        control->cmsg_len = CMSG_LEN(4);
        std::memcpy(CMSG_DATA(control), value, 4);
        return reinterpret_cast<cmsghdr*>(reinterpret_cast<std::byte*>(control) + CMSG_SPACE(4));
    }
};

std::vector<std::size_t> sizes_of(NetworkExecutor& network,
                                  PacketReceiver<udp::socket, Told>& receiver,
                                  std::vector<Told::Message> messages) {
    Told::messages = std::move(messages);
    network.executor.run(receiver.receive());
    std::vector<std::size_t> sizes;
    while (const auto packet = receiver.next()) {
        sizes.push_back(packet->size());
    }
    return sizes;
}

using Sizes = std::vector<std::size_t>;

}  // namespace

TEST_CASE("the count of dropped packets goes on when the kernel's wraps") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    PacketReceiver<udp::socket, Told> receiver{pair.right};
    send(pair.left, {});  // which makes the socket readable
    const std::uint64_t range = std::uint64_t{1} << 32;
    for (const std::uint64_t dropped :
         {std::uint64_t{5}, range - 10, range + 3, range + 3, 2 * range - 1, 2 * range + 1}) {
        CHECK(sizes_of(network, receiver,
                       {{.length = 1, .dropped = static_cast<std::uint32_t>(dropped)}}) ==
              Sizes{1});
        CHECK(receiver.counts().dropped == dropped);
    }
}

TEST_CASE("of a train that was cut, whole packets are given") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    PacketReceiver<udp::socket, Told> receiver{pair.right};
    send(pair.left, {});  // which makes the socket readable
    CHECK(sizes_of(network, receiver,
                   {{.length = 250, .segment = 100, .truncated = true},
                    {.length = 99, .segment = 100, .truncated = true},
                    {.length = 70, .truncated = true},
                    {.length = 250, .segment = 100}}) == Sizes{100, 100, 100, 100, 50});
    CHECK(receiver.counts().truncated == 3);
    CHECK(receiver.counts().datagrams == 5);
    CHECK(receiver.counts().bytes == 450);
}

TEST_CASE("a length of segments that cannot be does no harm") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    PacketReceiver<udp::socket, Told> receiver{pair.right};
    send(pair.left, {});  // which makes the socket readable
    CHECK(sizes_of(network, receiver,
                   {{.length = 20, .segment = -3}, {.length = 0, .segment = 100}, {.length = 7}}) ==
          Sizes{20, 0, 7});
}

// Costs.

TEST_CASE("a receiver for which there is no memory leaves the socket as it was") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    int refused = 0;
    for (std::uint64_t number = 1;; ++number) {
        bool reached = false;
        try {
            const support::FailingAllocations failing{number,
                                                      support::FailingAllocations::Which::one};
            const PacketReceiver receiver{pair.right};
            reached = support::FailingAllocations::reached();
        } catch (const std::bad_alloc&) {
            ++refused;
            send_train(network, pair.left, datagram(300, 0), 100);
            Bytes memory(1000);
            for (int packet = 0; packet < 3; ++packet) {
                CHECK(pair.right.receive(net::buffer(memory)) == 100);
            }
            continue;
        }
        if (!reached) {
            break;
        }
    }
    CHECK(refused == (support::sees_allocations() ? 5 : 0));
}

TEST_CASE("receiving packets allocates nothing in the steady state") {
    for (const Method method : methods) {
        NetworkExecutor network;
        DatagramPair pair{network.context};
        PacketReceiver receiver{pair.right, {.method = method}};
        const Bytes bytes = datagram(1000, 0);
        Bytes memory(300);
        const auto cycle = [&]() -> Task<> {
            send(pair.left, bytes);
            send(pair.left, bytes);
            co_await receiver.receive();
            (void)receiver.next();
            for (std::size_t left = 1000; left != 0;) {
                left -= co_await receiver.receive_into(
                    std::span{memory}.first(std::min<std::size_t>(left, 300)));
            }
        };
        CHECK(network.executor.run(support::allocations_in_steady_state(cycle)) == 0);
    }
}

// The whole of it: packets into the chunks of a ring, in the order of the chunks.

namespace {

struct Samples {
    std::vector<std::uint32_t> values = std::vector<std::uint32_t>(64);
    std::vector<std::uint8_t> present = std::vector<std::uint8_t>(16);
};
using Ring = juggle::ResourceRing<Samples>;
using Window = juggle::asio::PacketWindow<Ring::Allocation>;

/// A packet: its number, and four values.
struct Packet {
    std::uint32_t sequence;
    std::uint32_t values[4];
};

Task<> receive_chunks(PacketReceiver<>& receiver, Ring& ring, Window& window,
                      juggle::Channel<Window::Taken>& full, std::uint32_t last) {
    for (bool ended = false; !ended;) {
        co_await receiver.receive();
        while (const auto bytes = receiver.next()) {
            Packet packet;
            REQUIRE(bytes->size() == sizeof packet);
            std::memcpy(&packet, bytes->data(), sizeof packet);
            Window::Place place = window.place(packet.sequence);
            while (place.needs_chunk) {
                while (window.must_take()) {
                    co_await full.push(window.take());
                }
                Ring::Allocation ticket = co_await ring.acquire();
                Samples& samples = *ticket;
                window.open(std::move(ticket), samples.present);
                place = window.place(packet.sequence);
            }
            if (place) {
                std::ranges::copy(packet.values, (*place.chunk)->values.begin() +
                                                     static_cast<std::ptrdiff_t>(4 * place.index));
            }
            ended = ended || packet.sequence == last;
        }
    }
    while (!window.empty()) {
        co_await full.push(window.take());
    }
    full.close();
}

}  // namespace

TEST_CASE("packets that are reordered, doubled and missing end in the chunks of a ring") {
    NetworkExecutor network;
    DatagramPair pair{network.context};
    PacketReceiver receiver{pair.right, {.receive_buffer = 4 << 20}};
    Ring ring{"samples", 4, [](std::size_t) { return Samples{}; }};
    Window window{{.packets_per_chunk = 16, .max_open = 2, .sequence_bits = 32}};
    juggle::Channel<Window::Taken> full{"full", 1};
    constexpr std::uint32_t count = 1000;
    std::vector<bool> lost(count);
    std::size_t doubled = 0;
    std::mt19937 random{1};
    const auto transmit = [&]() -> Task<> {
        std::vector<std::uint32_t> order;
        for (std::uint32_t sequence = 0; sequence < count - 1; ++sequence) {
            order.push_back(sequence);
        }
        for (std::size_t begin = 0; begin + 8 < order.size(); begin += 8) {
            std::shuffle(order.begin() + static_cast<std::ptrdiff_t>(begin),
                         order.begin() + static_cast<std::ptrdiff_t>(begin + 8), random);
        }
        order.push_back(count - 1);
        for (const std::uint32_t sequence : order) {
            lost[sequence] = sequence != count - 1 && random() % 10 == 0;
            const bool twice = !lost[sequence] && sequence != count - 1 && random() % 10 == 0;
            doubled += twice ? 1 : 0;
            const Packet packet{sequence, {sequence, sequence + 1, sequence + 2, sequence + 3}};
            for (int copy = lost[sequence] ? 2 : twice ? 0 : 1; copy < 2; ++copy) {
                pair.left.send(net::buffer(&packet, sizeof packet));
            }
            co_await juggle::yield();
        }
    };
    std::uint32_t seen = 0;
    const auto check = [&]() -> Task<> {
        while (std::optional<Window::Taken> taken = co_await full.pop()) {
            REQUIRE(taken->first_sequence == seen);
            const Samples& samples = *taken->chunk;
            for (std::uint32_t index = 0; index < 16; ++index, ++seen) {
                const bool there = seen < count && !lost[seen];
                REQUIRE(samples.present[index] == (there ? 1 : 0));
                if (there) {
                    REQUIRE(samples.values[4 * index + 3] == seen + 3);
                }
            }
            taken->chunk.ready();
            co_await juggle::yield();
        }
    };
    const auto all = [&]() -> Task<> {
        co_await juggle::when_all(receive_chunks(receiver, ring, window, full, count - 1),
                                  transmit(), check());
    };
    network.executor.run(all());
    CHECK(seen == 1008);
    CHECK(window.counts().doubled == doubled);
    CHECK(window.counts().late == 0);
    CHECK(network.reports.empty());
}

TEST_CASE("packet receiver: the loser of a race has read nothing") {
    NetworkExecutor network;
    support::DatagramPair sockets{network.context};
    std::size_t lost = 0;
    network.executor.run([](support::DatagramPair& pair, std::size_t& lost_bytes) -> Task<> {
        juggle::asio::PacketReceiver<> receiver{pair.right};
        std::array<std::byte, 64> memory{};
        for (int race = 0; race < 200; ++race) {
            juggle::Channel<int> channel{1};
            auto pushes = juggle::Executor::current()->spawn(
                [](support::DatagramPair& sends, juggle::Channel<int>& to) -> Task<> {
                    sends.left.send(net::buffer("abcd", 4));
                    co_await to.push(1);
                }(pair, channel));
            const auto winner =
                co_await juggle::when_any(channel.pop(), receiver.receive_into(memory));
            co_await pushes;
            std::size_t bytes = winner.index() == 1 ? std::get<1>(winner) : 0;
            if (bytes == 0) {
                bytes = co_await receiver.receive_into(memory);
            }
            lost_bytes += 4 - bytes;
        }
    }(sockets, lost));
    CHECK(lost == 0);
}
