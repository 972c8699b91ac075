#pragma once

#include <juggle/asio/detail/datagram_reader.hpp>
#include <juggle/asio/detail/net.hpp>
#include <juggle/asio/detail/one_user.hpp>
#include <juggle/asio/detail/socket_calls.hpp>
#include <juggle/asio/packet_receiver_counts.hpp>
#include <juggle/asio/packet_receiver_options.hpp>
#include <juggle/asio/use_task.hpp>
#include <juggle/environment.hpp>
#include <juggle/task.hpp>
#include <juggle/yield.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR {

/// Reads datagrams, many at a time, as fast as the system can: a stream of packets at a rate at
/// which one `async_receive` for each is too much.
///
/// ```
/// juggle::asio::PacketReceiver receiver{socket, {.receive_buffer = 8 << 20}};
/// for (;;) {
///     co_await receiver.receive();
///     while (const auto packet = receiver.next()) {
///         ... a std::span<const std::byte>: place it (PacketWindow), and copy its payload ...
///     }
/// }
/// ```
///
/// On Linux the kernel joins datagrams of one length to trains (UDP GRO), if it can; a system call
/// gives up to eight of these, or up to 64 datagrams where there is no GRO. Elsewhere it gives one.
/// Packets stand in memory of the receiver, so to place them takes one copy; `receive_into` reads
/// into the memory of a resource, without any.
///
/// Not for what is answered packet by packet: the sender of a packet is not told. The socket, open
/// and bound or connected, must outlive the receiver and is made non-blocking; let nobody else read
/// from it meanwhile, since with GRO a read of one datagram gives a train. For tasks of one
/// executor, one at a time.
///
/// **Stop requests lose nothing.** An await that throws `Cancelled` has not read anything. What was
/// read stays until it has been taken by `next` or `receive_into`, whichever task does that.
///
/// Errors are Asio's `system_error` with the name of the call; the receiver can be used further,
/// and has lost nothing. That nobody listens to what a connected socket has sent is counted only.
template <class Socket = net::ip::udp::socket, class Calls = detail::SocketCalls>
class PacketReceiver {
public:
    using Options = PacketReceiverOptions;

    explicit PacketReceiver(Socket& socket) : PacketReceiver{socket, Options{}} {}

    /// `std::invalid_argument` if an option is out of range, `system_error` if the socket is not
    /// open or does not have what is asked for.
    PacketReceiver(Socket& socket, const Options& options) : reader_{socket, options} {}

    /// `co_await`: waits until there is a packet for `next`; ready at once if there is one left.
    /// Lets other tasks have their turn between two system calls.
    [[nodiscard]] Task<> receive() {
        const detail::OneUser user{busy_, "PacketReceiver"};
        while (!reader_.has_packets()) {
            co_await turn();
            report(reader_.read());
        }
    }

    /// The next packet that was read, valid until the next `receive`; nothing if there is none.
    /// A packet may be empty.
    [[nodiscard]] std::optional<std::span<const std::byte>> next() noexcept {
        return reader_.next();
    }

    /// `co_await`: waits until something is to be read, and writes the packets into `memory`, one
    /// after the other without what is between them; gives how many bytes that were, at least 1.
    /// They are fewer than `memory` has if no more have come, or after 1 MiB.
    ///
    /// For packets without headers whose order is that of their bytes. With GRO the kernel writes
    /// into `memory`; only what of the last train has no room there is copied, into that of the
    /// next call. Without, all is copied once.
    [[nodiscard]] Task<std::size_t> receive_into(std::span<std::byte> memory) {
        if (memory.empty()) {
            throw std::invalid_argument{
                "juggle: PacketReceiver::receive_into: argument 'memory' is empty"};
        }
        const detail::OneUser user{busy_, "PacketReceiver"};
        std::size_t bytes = reader_.copy(memory);
        while (bytes == 0) {
            co_await turn();
            report(reader_.read_into(memory, bytes));
        }
        co_return bytes;
    }

    /// How many bytes the kernel keeps for the socket, as `Options::receive_buffer` counts them.
    [[nodiscard]] std::size_t receive_buffer() const { return reader_.receive_buffer(); }
    /// How it reads: not `automatic`.
    [[nodiscard]] Options::Method method() const noexcept { return reader_.method(); }
    [[nodiscard]] const PacketReceiverCounts& counts() const noexcept { return reader_.counts(); }

private:
    /// Before a read: until something has come if the last one left nothing. Whoever was asked to
    /// stop meanwhile, as the loser of a race, reads nothing.
    Task<> turn() {
        if (reader_.dry()) {
            co_await reader_.socket().async_wait(Socket::wait_read, use_task);
            const Environment environment = co_await current_environment();
            if (environment.stop_requested()) {
                co_await yield();
            }
        } else {
            co_await yield();
        }
    }

    void report(const error_code& error) const {
        if (error && error != net::error::would_block && error != net::error::try_again) {
            throw system_error{error, "juggle: PacketReceiver: " + std::string{reader_.call()}};
        }
    }

    detail::DatagramReader<Socket, Calls> reader_;
    bool busy_ = false;
};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR
