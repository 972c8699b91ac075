#pragma once

#include <juggle/asio/detail/datagram_writer.hpp>
#include <juggle/asio/detail/net.hpp>
#include <juggle/asio/detail/one_user.hpp>
#include <juggle/asio/detail/pace.hpp>
#include <juggle/asio/detail/socket_calls.hpp>
#include <juggle/asio/packet_parts.hpp>
#include <juggle/asio/packet_sender_counts.hpp>
#include <juggle/asio/packet_sender_options.hpp>
#include <juggle/asio/use_task.hpp>
#include <juggle/clock.hpp>
#include <juggle/environment.hpp>
#include <juggle/executor.hpp>
#include <juggle/sleep.hpp>
#include <juggle/task.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR {

/// Sends datagrams, many at a time, and no faster than at a given rate.
///
/// ```
/// juggle::asio::PacketSender sender{socket, {.bytes_per_second = 125'000'000}};  // 1 Gb/s
/// co_await sender.send(memory, 1472);                // cut into datagrams of 1472 bytes
/// co_await sender.send(packets);                     // or each of a header and a payload
/// ```
///
/// On Linux up to 64 datagrams go in a system call: datagrams of one length as a train that the
/// kernel or the network card cuts up (UDP GSO), if the path to the peer can do that. Elsewhere one
/// goes. Nothing is copied but by the kernel, and nothing of what is sent is used after the await.
///
/// Not for what is sent now and then, which `async_send` does. The socket, open and, for `send`,
/// connected, must outlive the sender and is made non-blocking. For tasks of one executor, one at a
/// time; the rate is by the executor's clock.
///
/// **Stop requests and errors** end a `send` between two system calls: what was handed to the
/// kernel is on its way, and `sent` says how many datagrams that are. Errors are Asio's
/// `system_error` with the name of the call and the length of the datagram. Not errors are a kernel
/// or network card that has no room, which is waited for, and a peer where nobody listens (yet),
/// which is counted.
template <class Socket = net::ip::udp::socket, class Calls = detail::SocketCalls>
class PacketSender {
public:
    using Options = PacketSenderOptions;
    using Endpoint = typename Socket::endpoint_type;

    explicit PacketSender(Socket& socket) : PacketSender{socket, Options{}} {}

    /// `std::invalid_argument` if an option is out of range, `system_error` if the socket is not
    /// open or does not have what is asked for.
    PacketSender(Socket& socket, const Options& options) : writer_{socket, options} {
        if (options.bytes_per_second != 0) {
            pace_.emplace(options.bytes_per_second, options.burst);
        }
    }

    /// `co_await`: sends these, in order, to where the socket is connected, and is ready when the
    /// kernel has the last one. They must live until then.
    [[nodiscard]] Task<> send(std::span<const PacketParts> packets) {
        return send_all(Packets{packets}, packets.size(), std::nullopt);
    }
    [[nodiscard]] Task<> send_to(const Endpoint& to, std::span<const PacketParts> packets) {
        return send_all(Packets{packets}, packets.size(), to);
    }

    /// The same for a row of bytes, cut into datagrams of this length; the last may be shorter.
    /// `std::invalid_argument` if `datagram` is 0.
    [[nodiscard]] Task<> send(std::span<const std::byte> memory, std::size_t datagram) {
        return send_all(Cut{memory, datagram}, count_of(memory, datagram), std::nullopt);
    }
    [[nodiscard]] Task<> send_to(const Endpoint& to, std::span<const std::byte> memory,
                                 std::size_t datagram) {
        return send_all(Cut{memory, datagram}, count_of(memory, datagram), to);
    }

    /// How many datagrams of the last `send` or `send_to` the kernel has taken.
    [[nodiscard]] std::size_t sent() const noexcept { return sent_; }
    /// How it sends: not `automatic`.
    [[nodiscard]] Options::Method method() const noexcept { return writer_.method(); }
    [[nodiscard]] const PacketSenderCounts& counts() const noexcept { return writer_.counts(); }

private:
    struct Packets {
        [[nodiscard]] const PacketParts& operator()(std::size_t index) const noexcept {
            return packets[index];
        }
        std::span<const PacketParts> packets;
    };
    struct Cut {
        [[nodiscard]] PacketParts operator()(std::size_t index) const noexcept {
            const std::size_t begin = index * datagram;
            return {{}, memory.subspan(begin, (std::min)(datagram, memory.size() - begin))};
        }
        std::span<const std::byte> memory;
        std::size_t datagram;
    };

    [[nodiscard]] static std::size_t count_of(std::span<const std::byte> memory,
                                              std::size_t datagram) {
        if (datagram == 0) {
            throw std::invalid_argument{"juggle: PacketSender::send: argument 'datagram' is 0"};
        }
        return memory.size() / datagram + (memory.size() % datagram == 0 ? 0 : 1);
    }

    template <class Packet>
    Task<> send_all(Packet packet, std::size_t count, std::optional<Endpoint> to) {
        const detail::OneUser user{busy_, "PacketSender"};
        const Environment environment = co_await current_environment();
        Executor& executor = environment.executor();
        sent_ = 0;
        while (sent_ < count) {
            const auto batch = writer_.plan(packet, sent_, count);
            const TimePoint now = executor.now();
            const TimePoint earliest = pace_ ? pace_->earliest(now, batch.bytes) : now;
            if (earliest > now) {
                co_await sleep_until(earliest);
            } else {
                co_await yield();
            }
            error_code error;
            const std::size_t bytes_before = writer_.counts().bytes;
            sent_ += writer_.write(packet, sent_, batch, to ? &*to : nullptr, error);
            if (pace_) {
                pace_->spend(executor.now(), writer_.counts().bytes - bytes_before);
            }
            if (!error) {
                continue;
            }
            if (writer_.is_full(error)) {
                co_await writer_.socket().async_wait(Socket::wait_write, use_task);
            } else if (writer_.is_out_of_buffers(error)) {
                co_await sleep_for(std::chrono::milliseconds{1});
            } else {
                throw system_error{error, "juggle: PacketSender: " + std::string{writer_.call()} +
                                              " of " + std::to_string(packet(sent_).size()) +
                                              " bytes"};
            }
        }
    }

    detail::DatagramWriter<Socket, Calls> writer_;
    std::optional<detail::Pace> pace_;
    std::size_t sent_ = 0;
    bool busy_ = false;
};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR
