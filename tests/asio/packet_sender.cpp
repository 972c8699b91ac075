// Datagrams to be sent, many at a time, at a rate: each goes once, whatever fails.

#include "support/asio.hpp"
#include "support/catch.hpp"
#include "support/packet_calls.hpp"
#include "support/steady_state.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/asio/detail/pace.hpp>
#include <juggle/asio/packet_receiver.hpp>
#include <juggle/asio/packet_sender.hpp>
#include <juggle/juggle.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace net = juggle::asio::net;
using juggle::Cancelled;
using juggle::Task;
using juggle::TimePoint;
using juggle::asio::PacketParts;
using juggle::asio::PacketReceiver;
using juggle::asio::PacketSender;
using juggle::asio::PacketSenderOptions;
using juggle::asio::detail::Pace;
using support::contains;
using support::DatagramPair;
using support::exception_of;
using support::is;
using support::PacketCalls;
using support::text_of;
using support::udp;
using Method = PacketSenderOptions::Method;
using Plan = PacketCalls::Plan;
using FaultySender = PacketSender<udp::socket, PacketCalls>;
using Bytes = std::vector<std::byte>;
using namespace std::chrono_literals;

namespace {

constexpr Method methods[] = {Method::gso, Method::sendmmsg, Method::send};

/// Whose time is a fake: a sender's pauses take no time.
struct PacedExecutor {
    support::Reports reports;
    juggle::ManualClock clock;
    net::io_context context;
    juggle::asio::Loop loop{context};
    juggle::Executor executor{options()};

    juggle::ExecutorOptions options() {
        juggle::ExecutorOptions result = reports.options(&clock);
        result.idle = &loop;
        return result;
    }
};

Bytes bytes_of(std::size_t size, std::size_t number = 0) {
    Bytes bytes(size);
    for (std::size_t index = 0; index < size; ++index) {
        bytes[index] = static_cast<std::byte>((index * 13 + number * 29) & 0xFF);
    }
    return bytes;
}

/// Every datagram that is there, one by one as it was sent.
std::vector<Bytes> all_at(udp::socket& socket) {
    std::vector<Bytes> all;
    Bytes memory(65'536);
    socket.non_blocking(true);
    for (juggle::asio::error_code error;;) {
        const std::size_t size = socket.receive(net::buffer(memory), 0, error);
        if (error) {
            return all;
        }
        all.emplace_back(memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(size));
    }
}

std::vector<Bytes> cut(const Bytes& bytes, std::size_t length) {
    std::vector<Bytes> all;
    for (std::size_t begin = 0; begin < bytes.size(); begin += length) {
        const std::size_t end = std::min(begin + length, bytes.size());
        all.emplace_back(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                         bytes.begin() + static_cast<std::ptrdiff_t>(end));
    }
    return all;
}

}  // namespace

TEST_CASE("memory is cut into datagrams, however they are sent") {
    for (const Method method : methods) {
        PacedExecutor network;
        DatagramPair pair{network.context};
        PacketSender sender{pair.left, {.method = method}};
        CHECK(sender.method() == method);
        const Bytes bytes = bytes_of(500 * 100 + 1);
        network.executor.run(sender.send(bytes, 500));
        CHECK(all_at(pair.right) == cut(bytes, 500));
        CHECK(sender.sent() == 101);
        CHECK(sender.counts().datagrams == 101);
        CHECK(sender.counts().bytes == bytes.size());
        CHECK(sender.counts().calls == (method == Method::send ? 101 : 2));
        network.executor.run(sender.send({}, 1000));
        CHECK(sender.sent() == 0);
        CHECK(all_at(pair.right).empty());
    }
}

TEST_CASE("a header and a payload are one datagram") {
    for (const Method method : methods) {
        PacedExecutor network;
        DatagramPair pair{network.context};
        PacketSender sender{pair.left, {.method = method}};
        const Bytes bytes = bytes_of(4000);
        const std::span all{bytes};
        const std::vector<PacketParts> packets{{all.subspan(0, 10), all.subspan(100, 90)},
                                               {all.subspan(10, 10), all.subspan(200, 90)},
                                               {{}, all.subspan(0, 100)},
                                               {all.subspan(0, 100), {}},
                                               {},
                                               {all.subspan(3), {}}};
        network.executor.run(sender.send(packets));
        std::vector<Bytes> expected;
        for (const PacketParts& packet : packets) {
            expected.emplace_back(packet.header.begin(), packet.header.end());
            expected.back().insert(expected.back().end(), packet.payload.begin(),
                                   packet.payload.end());
        }
        CHECK(all_at(pair.right) == expected);
    }
}

TEST_CASE("datagrams of any lengths go in order") {
    for (const Method method : methods) {
        PacedExecutor network;
        DatagramPair pair{network.context};
        std::mt19937 random{7};
        for (int round = 0; round < 100; ++round) {
            PacketSender sender{pair.left, {.method = method}};
            std::vector<Bytes> sent;
            std::vector<PacketParts> packets;
            for (std::size_t length = 300; sent.size() < 30;
                 length = random() % 4 == 0 ? random() % 700 : length) {
                sent.push_back(bytes_of(length, sent.size()));
            }
            for (const Bytes& bytes : sent) {
                packets.push_back({std::span{bytes}.first(bytes.size() / 3),
                                   std::span{bytes}.subspan(bytes.size() / 3)});
            }
            network.executor.run(sender.send(packets));
            REQUIRE(all_at(pair.right) == sent);
        }
    }
}

TEST_CASE("a train is no longer than 64 datagrams and a datagram of IPv4") {
    PacedExecutor network;
    DatagramPair pair{network.context};
    PacketSender sender{pair.left};
    REQUIRE(sender.method() == Method::gso);
    network.executor.run(sender.send(bytes_of(65 * 10), 10));
    CHECK(sender.counts().calls == 2);
    network.executor.run(sender.send(bytes_of(45 * 1472), 1472));
    CHECK(sender.counts().calls == 4);
    CHECK(all_at(pair.right).size() == 65 + 45);
    network.executor.run(sender.send(bytes_of(2 * 65'507), 65'507));
    CHECK(sender.counts().calls == 6);
    CHECK(all_at(pair.right).size() == 2);
}

TEST_CASE("a socket that is not connected sends to a given address") {
    for (const Method method : methods) {
        PacedExecutor network;
        udp::socket from{network.context, {net::ip::address_v4::loopback(), 0}};
        udp::socket left{network.context, {net::ip::address_v4::loopback(), 0}};
        udp::socket right{network.context, {net::ip::address_v4::loopback(), 0}};
        PacketSender sender{from, {.method = method}};
        const Bytes bytes = bytes_of(250);
        const PacketParts packet{{}, std::span{bytes}.first(9)};
        network.executor.run(sender.send_to(left.local_endpoint(), bytes, 100));
        network.executor.run(sender.send_to(right.local_endpoint(), std::span{&packet, 1}));
        CHECK(all_at(left) == cut(bytes, 100));
        CHECK(all_at(right) == cut(Bytes(bytes.begin(), bytes.begin() + 9), 9));
        CHECK_THROWS_AS(network.executor.run(sender.send(bytes, 100)), juggle::asio::system_error);
    }
}

TEST_CASE("what a sender cannot do is refused with a name") {
    PacedExecutor network;
    DatagramPair pair{network.context};
    const auto refused = [&pair](const PacketSenderOptions& options) -> std::string {
        try {
            const PacketSender sender{pair.left, options};
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
        return {};
    };
    CHECK(refused({.bytes_per_second = 1'000'000'000'001}) ==
          "juggle: PacketSender: argument 'bytes_per_second' is 1000000000001");
    CHECK(refused({.burst = 0}) == "juggle: PacketSender: argument 'burst' is 0");
    CHECK(refused({.burst = (std::size_t{1} << 30) + 1}) ==
          "juggle: PacketSender: argument 'burst' is 1073741825");
    PacketSender sender{pair.left};
    CHECK_THROWS_AS(sender.send(Bytes(10), 0), std::invalid_argument);
    udp::socket closed{network.context};
    CHECK_THROWS_AS(PacketSender{closed}, juggle::asio::system_error);
}

// The pace.

TEST_CASE("a sender keeps to its rate") {
    for (const Method method : methods) {
        PacedExecutor network;
        DatagramPair pair{network.context};
        PacketSender sender{pair.left,
                            {.bytes_per_second = 1'000'000, .burst = 10'000, .method = method}};
        const auto sent_after = [&](std::size_t datagrams) {
            const TimePoint begin = network.clock.now();
            network.executor.run(sender.send(bytes_of(datagrams * 1000), 1000));
            CHECK(all_at(pair.right).size() == datagrams);
            return network.clock.now() - begin;
        };
        CHECK(sent_after(10) == 0ms);  // the burst
        CHECK(sent_after(50) == 50ms);
        network.clock.advance(4ms);  // a pause is made up for
        CHECK(sent_after(50) == 46ms);
        network.clock.advance(1h);  // but not more than a burst of it
        CHECK(sent_after(50) == 40ms);
    }
}

TEST_CASE("a datagram that is longer than the burst goes at the rate all the same") {
    PacedExecutor network;
    DatagramPair pair{network.context};
    PacketSender sender{pair.left, {.bytes_per_second = 1'000'000, .burst = 10}};
    const TimePoint begin = network.clock.now();
    network.executor.run(sender.send(bytes_of(5000), 1000));
    CHECK(network.clock.now() - begin == 4ms);
}

TEST_CASE("no more is spent in any length of time than the rate and a bucket") {
    std::mt19937_64 random{3};
    for (const std::uint64_t rate : {std::uint64_t{1}, std::uint64_t{7}, std::uint64_t{1'000'003},
                                     std::uint64_t{1'250'000'000}, Pace::max_rate}) {
        for (const std::size_t bucket : {std::size_t{1}, std::size_t{1500}, Pace::max_bucket}) {
            Pace pace{rate, bucket};
            TimePoint now{std::chrono::hours{-3}};
            struct Spent {
                TimePoint at;
                std::size_t bytes;
            };
            std::deque<Spent> all;
            for (int step = 0; step < 300; ++step) {
                const std::size_t bytes = 1 + random() % std::min<std::size_t>(bucket, 70'000);
                now += std::chrono::nanoseconds{random() % 3 == 0 ? random() % 1'000'000 : 0};
                const TimePoint earliest = pace.earliest(now, bytes);
                REQUIRE(earliest >= now);
                now = earliest;
                REQUIRE(pace.earliest(now, bytes) == now);
                pace.spend(now, bytes);
                all.push_back({now, bytes});
                std::uint64_t sum = 0;
                for (auto spent = all.rbegin(); spent != all.rend(); ++spent) {
                    sum += spent->bytes;
                    const double seconds =  // and as a nanosecond may be rounded
                        std::chrono::duration<double>{now - spent->at + 1ns}.count();
                    REQUIRE(static_cast<double>(sum) <=
                            static_cast<double>(bucket + 1) + seconds * static_cast<double>(rate));
                }
            }
        }
    }
}

TEST_CASE("a rate that does not divide a second loses no time to rounding") {
    Pace pace{3, 2};
    TimePoint now{};
    for (int byte = 0; byte < 3002; ++byte) {
        now = pace.earliest(now, 1);
        pace.spend(now, 1);
    }
    CHECK(now.time_since_epoch() >= 1000s);
    CHECK(now.time_since_epoch() <= 1000s + 1ns);
}

// Calls that fail.

TEST_CASE("an error of a call is thrown with its name, and what was sent is known") {
    for (const Method method : methods) {
        for (const int error :
             {EBADF, EACCES, EPERM, EMSGSIZE, EINVAL, ENETUNREACH, EDESTADDRREQ, EPIPE}) {
            for (int number = 0; number < 3; ++number) {
                const bool retried_as_one_by_one =
                    method == Method::gso && (error == EMSGSIZE || error == EINVAL);
                PacedExecutor network;
                DatagramPair pair{network.context};
                Plan plan;
                plan.send[number] = error;
                FaultySender sender{pair.left, {.method = method}};
                const Bytes bytes = bytes_of(200 * 100);
                const std::exception_ptr thrown =
                    network.executor.run(exception_of(sender.send(bytes, 100)));
                CAPTURE(method, error, number);
                if (retried_as_one_by_one) {
                    CHECK(thrown == nullptr);
                } else {
                    REQUIRE(is<juggle::asio::system_error>(thrown));
                    CHECK(contains(text_of(thrown),
                                   method == Method::send
                                       ? "juggle: PacketSender: send of 100 bytes"
                                       : "juggle: PacketSender: sendmmsg of 100 bytes"));
                    CHECK(sender.sent() < 200);
                    network.executor.run(
                        sender.send(std::span{bytes}.subspan(100 * sender.sent()), 100));
                }
                CHECK(all_at(pair.right) == cut(bytes, 100));
                CHECK(sender.counts().datagrams == 200);
            }
        }
    }
}

TEST_CASE("a sender waits where there is no room, and sends each datagram once") {
    for (const Method method : methods) {
        for (const int error : {EAGAIN, EINTR, ENOBUFS, ENOMEM, ECONNREFUSED}) {
            for (int number = 0; number < 3; ++number) {
                PacedExecutor network;
                DatagramPair pair{network.context};
                Plan plan;
                plan.send[number] = error;
                plan.send[number + 1] = error;
                plan.most_at_once = 17;
                FaultySender sender{pair.left, {.method = method}};
                const Bytes bytes = bytes_of(200 * 100);
                network.executor.run(sender.send(bytes, 100));
                CAPTURE(method, error, number);
                CHECK(all_at(pair.right) == cut(bytes, 100));
                CHECK(sender.counts().datagrams == 200);
                CHECK(sender.counts().full ==
                      (error == EAGAIN || error == ENOBUFS || error == ENOMEM ? 2 : 0));
                CHECK(sender.counts().refused == (error == ECONNREFUSED ? 2 : 0));
            }
        }
    }
}

TEST_CASE("a call that is interrupted for ever is an error, not a task that hangs") {
    for (const Method method : methods) {
        for (const int error : {EINTR, ECONNREFUSED}) {
            PacedExecutor network;
            DatagramPair pair{network.context};
            Plan plan;
            plan.every_send = error;
            FaultySender sender{pair.left, {.method = method}};
            CHECK_THROWS_AS(network.executor.run(sender.send(bytes_of(10), 10)),
                            juggle::asio::system_error);
            plan.every_send = 0;
            network.executor.run(sender.send(bytes_of(10), 10));
            CHECK(all_at(pair.right) == cut(bytes_of(10), 10));
        }
    }
}

TEST_CASE("a sender that never has room can be stopped, and says what has gone") {
    for (const int error : {EAGAIN, ENOBUFS}) {
        PacedExecutor network;
        DatagramPair pair{network.context};
        Plan plan;
        FaultySender sender{pair.left};
        const auto test = [&]() -> Task<> {
            const Bytes bytes = bytes_of(200 * 100);
            juggle::JoinHandle<> sending = network.executor.spawn(sender.send(bytes, 100));
            co_await support::yield_times(3);
            plan.every_send = error;
            co_await support::yield_times(50);
            sending.request_stop();
            const std::exception_ptr thrown = co_await exception_of(std::move(sending));
            CHECK(is<Cancelled>(thrown));
            CHECK(sender.sent() > 0);
            CHECK(sender.sent() < 200);
            const std::vector<Bytes> gone = all_at(pair.right);
            CHECK(gone.size() == sender.sent());
        };
        network.executor.run(test());
    }
}

TEST_CASE("a stop request ends a paced send between two calls") {
    PacedExecutor network;
    DatagramPair pair{network.context};
    PacketSender sender{pair.left, {.bytes_per_second = 1000, .burst = 1000}};
    const auto test = [&]() -> Task<> {
        const Bytes bytes = bytes_of(10'000);
        juggle::JoinHandle<> sending = network.executor.spawn(sender.send(bytes, 100));
        co_await juggle::sleep_for(2s);
        sending.request_stop();
        const std::exception_ptr thrown = co_await exception_of(std::move(sending));
        CHECK(is<Cancelled>(thrown));
        CHECK(sender.sent() >= 20);
        CHECK(sender.sent() <= 30);
        const std::vector<Bytes> gone = all_at(pair.right);
        CHECK(gone.size() == sender.sent());
    };
    network.executor.run(test());
}

TEST_CASE("where trains cannot go, datagrams go one by one") {
    {
        PacedExecutor network;
        DatagramPair pair{network.context};
        Plan plan;
        plan.no_trains = true;
        FaultySender sender{pair.left};
        CHECK(sender.method() == Method::gso);
        const Bytes bytes = bytes_of(1000);
        network.executor.run(sender.send(bytes, 100));
        network.executor.run(sender.send(bytes, 100));
        CHECK(sender.method() == Method::sendmmsg);
        CHECK(plan.trains == 1);
        CHECK(all_at(pair.right).size() == 20);
    }
    {  // too long for the path: those of that length
        PacedExecutor network;
        DatagramPair pair{network.context};
        Plan plan;
        plan.send[0] = EINVAL;
        FaultySender sender{pair.left};
        const Bytes bytes = bytes_of(1000);
        network.executor.run(sender.send(bytes, 100));
        network.executor.run(sender.send(bytes, 100));
        CHECK(plan.trains == 0);
        network.executor.run(sender.send(bytes, 99));
        CHECK(plan.trains == 1);
        CHECK(sender.method() == Method::gso);
        CHECK(all_at(pair.right).size() == 31);
    }
}

TEST_CASE("a system that has neither trains nor sendmmsg sends one by one") {
    PacedExecutor network;
    DatagramPair pair{network.context};
    Plan plan;
    plan.set_option[UDP_SEGMENT] = ENOPROTOOPT;
    plan.send[0] = ENOSYS;
    CHECK_THROWS_AS((FaultySender{pair.left, {.method = Method::gso}}), juggle::asio::system_error);
    FaultySender sender{pair.left};
    CHECK(sender.method() == Method::sendmmsg);
    const Bytes bytes = bytes_of(1000);
    network.executor.run(sender.send(bytes, 100));
    CHECK(sender.method() == Method::send);
    CHECK(all_at(pair.right) == cut(bytes, 100));
}

TEST_CASE("a datagram that is too long is an error that says how long it is") {
    for (const Method method : methods) {
        PacedExecutor network;
        DatagramPair pair{network.context};
        PacketSender sender{pair.left, {.method = method}};
        const Bytes bytes = bytes_of(140'000);
        const std::span all{bytes};
        const std::vector<PacketParts> packets{
            {{}, all.first(5)}, {{}, all.first(65'508)}, {{}, all.first(6)}};
        const std::exception_ptr thrown = network.executor.run(exception_of(sender.send(packets)));
        REQUIRE(is<juggle::asio::system_error>(thrown));
        CHECK(contains(text_of(thrown), "of 65508 bytes"));
        CHECK(sender.sent() == 1);
        CHECK(all_at(pair.right).size() == 1);
    }
}

TEST_CASE("a peer where nobody listens does not end a send") {
    PacedExecutor network;
    DatagramPair pair{network.context};
    PacketSender sender{pair.left};
    const udp::endpoint right = pair.right.local_endpoint();
    pair.right.close();
    for (int round = 0; round < 3; ++round) {
        network.executor.run(sender.send(bytes_of(10), 10));
    }
    CHECK(sender.counts().refused == 2);
    CHECK(sender.counts().datagrams == 3);
    pair.right.open(udp::v4());
    pair.right.bind(right);
    network.executor.run(sender.send(bytes_of(10), 10));
    CHECK(all_at(pair.right).size() == 1);
}

TEST_CASE("two tasks cannot send at the same time") {
    PacedExecutor network;
    DatagramPair pair{network.context};
    PacketSender sender{pair.left};
    const auto test = [&]() -> Task<> {
        const Bytes bytes = bytes_of(1000);
        juggle::JoinHandle<> first = network.executor.spawn(sender.send(bytes, 10));
        co_await juggle::yield();
        const std::exception_ptr error = co_await exception_of(sender.send(bytes, 10));
        CHECK(is<std::logic_error>(error));
        co_await std::move(first);
        const std::vector<Bytes> gone = all_at(pair.right);
        CHECK(gone.size() == 100);
    };
    network.executor.run(test());
}

// Both ends.

namespace {

using Local = net::local::datagram_protocol::socket;

Task<> receive_numbers(PacketReceiver<Local>& receiver, std::uint32_t count) {
    for (std::uint32_t number = 0; number < count;) {
        co_await receiver.receive();
        while (const auto packet = receiver.next()) {
            std::uint32_t found = 0;
            REQUIRE(packet->size() == 100);
            std::memcpy(&found, packet->data(), sizeof found);
            REQUIRE(found == number);
            ++number;
        }
    }
}

}  // namespace

TEST_CASE("a sender waits for a slow receiver where the system does: nothing is lost") {
    // The sockets of a machine's own, which drop nothing, and know neither GRO nor GSO.
    support::NetworkExecutor network;
    Local left{network.context};
    Local right{network.context};
    net::local::connect_pair(left, right);
    left.set_option(net::socket_base::send_buffer_size{10'000});
    PacketSender sender{left};
    PacketReceiver receiver{right};
    CHECK(sender.method() == Method::sendmmsg);
    CHECK(receiver.method() == juggle::asio::PacketReceiverOptions::Method::recvmmsg);
    constexpr std::uint32_t count = 20'000;
    Bytes bytes(count * 100);
    for (std::uint32_t number = 0; number < count; ++number) {
        std::memcpy(&bytes[number * 100], &number, sizeof number);
    }
    const auto both = [&]() -> Task<> {
        co_await juggle::when_all(sender.send(bytes, 100), receive_numbers(receiver, count));
    };
    network.executor.run(both());
    CHECK(sender.counts().full > 0);
    CHECK(receiver.counts().datagrams == count);
}

TEST_CASE("sockets with a token of their own are sent from and received at") {
    support::NetworkExecutor network;
    using Socket = juggle::asio::UseTask::as_default_on_t<udp::socket>;
    Socket left{network.context, {net::ip::address_v4::loopback(), 0}};
    Socket right{network.context, {net::ip::address_v4::loopback(), 0}};
    left.connect(right.local_endpoint());
    PacketSender sender{left};
    PacketReceiver receiver{right};
    network.executor.run(sender.send(bytes_of(30), 10));
    network.executor.run(receiver.receive());
    CHECK(receiver.counts().datagrams == 3);
}

TEST_CASE("sending packets allocates nothing in the steady state") {
    for (const Method method : methods) {
        PacedExecutor network;
        DatagramPair pair{network.context};
        PacketSender sender{pair.left, {.bytes_per_second = 10'000'000, .method = method}};
        PacketReceiver receiver{pair.right};
        const Bytes bytes = bytes_of(20'000);
        const auto cycle = [&]() -> Task<> {
            co_await sender.send(bytes, 1000);
            for (int packets = 0; packets < 20;) {
                co_await receiver.receive();
                while (receiver.next()) {
                    ++packets;
                }
            }
        };
        CHECK(network.executor.run(support::allocations_in_steady_state(cycle)) == 0);
    }
}
