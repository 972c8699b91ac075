#include "fengine/receiver.hpp"

#include "common/error.hpp"
#include "fengine/take_over.hpp"

#include <juggle/duration.hpp>
#include <juggle/timed_out.hpp>
#include <juggle/timeout.hpp>
#include <juggle/when_any.hpp>

#include <chrono>
#include <string>
#include <utility>

#include <boost/asio/ip/multicast.hpp>

namespace fengine::ON_GPU {

namespace net = boost::asio;
using net::ip::udp;

namespace {

// How long what a sender has just sent may still be on its way when the end is asked for, and how
// long a sender that goes on is listened to.
constexpr std::chrono::milliseconds quiet_at_end{20};
constexpr std::chrono::milliseconds longest_end{1000};

udp::socket listen(const common::HostAndPort& place, net::io_context& context) {
    try {
        udp::resolver resolver{context};
        const auto found =
            resolver.resolve(place.host, std::to_string(place.port),
                             udp::resolver::passive | udp::resolver::numeric_service);
        const udp::endpoint endpoint = found.begin()->endpoint();
        udp::socket socket{context, endpoint.protocol()};
        if (endpoint.address().is_multicast()) {
            socket.set_option(udp::socket::reuse_address{true});
            socket.set_option(net::ip::multicast::join_group{endpoint.address()});
        }
        socket.bind(endpoint);
        return socket;
    } catch (const boost::system::system_error& error) {
        throw common::Error("--listen: cannot listen on " + shown(place) + ": " +
                            error.code().message());
    }
}

}  // namespace

Receiver::Receiver(const Options& options, const InputLayout& layout, net::io_context& context,
                   HostInputs& memory, juggle::Channel<InputChunk>& full)
    : silence_{std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::duration<double>{options.silence})},
      socket_{listen(options.listen, context)},
      packets_{socket_,
               {.receive_buffer = options.receive_buffer,
                .max_datagram = 65'507,
                .method = juggle::asio::PacketReceiverOptions::Method::automatic}},
      window_{layout}, memory_{memory}, full_{full} {}

common::HostAndPort Receiver::place() const {
    const udp::endpoint endpoint = socket_.local_endpoint();
    return {.host = endpoint.address().to_string(), .port = endpoint.port()};
}

juggle::Task<> Receiver::run(juggle::AsyncEvent& stop) {
    while (!stop.is_set()) {
        const bool has_come = co_await receive_within(silence_, stop);
        if (has_come) {
            co_await place_packets();
        } else {
            co_await pass_on_all();
        }
    }
    juggle::AsyncEvent never;
    const auto end = std::chrono::steady_clock::now() + longest_end;
    bool has_come = true;
    while (has_come && std::chrono::steady_clock::now() < end) {
        has_come = co_await receive_within(quiet_at_end, never);
        co_await place_packets();
    }
    co_await pass_on_all();
}

/// Whether something came, or `stop` was set, before the time was over.
juggle::Task<bool> Receiver::receive_within(juggle::Duration time, juggle::AsyncEvent& stop) {
    try {
        co_await juggle::timeout(time, juggle::when_any(packets_.receive(), stop.wait()));
    } catch (const juggle::TimedOut&) {
        co_return false;
    }
    co_return true;
}

juggle::Task<> Receiver::place_packets() {
    while (const auto packet = packets_.next()) {
        bool is_placed = window_.add(*packet);
        while (!is_placed) {
            while (window_.must_take()) {
                co_await pass_on();
            }
            co_await open();
            is_placed = window_.add(*packet);
        }
        while (window_.oldest_is_whole()) {
            co_await pass_on();
        }
    }
}

juggle::Task<> Receiver::open() {
    HostInputs::Slot& slot = memory_.next();
    HostInputs::Allocation ticket = slot.acquire();
    co_await take_over(slot, ticket);
    window_.open({.samples = ticket->samples.span(), .present = ticket->present});
    open_.push_back(std::move(ticket));
}

juggle::Task<> Receiver::pass_on() {
    const InputWindow::Chunk chunk = window_.take();
    HostInputs::Allocation memory = std::move(open_.front());
    open_.pop_front();
    ++chunks_;
    missing_ += chunk.missing;
    InputChunk full{
        .timestamp = chunk.timestamp, .missing = chunk.missing, .memory = std::move(memory)};
    co_await full_.push(std::move(full));
}

juggle::Task<> Receiver::pass_on_all() {
    while (!window_.empty()) {
        co_await pass_on();
    }
}

}  // namespace fengine::ON_GPU
