#pragma once

#include <juggle/asio/detail/net.hpp>
#include <juggle/asio/detail/pace.hpp>
#include <juggle/asio/detail/socket_calls.hpp>
#include <juggle/asio/packet_parts.hpp>
#include <juggle/asio/packet_sender_counts.hpp>
#include <juggle/asio/packet_sender_options.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR::detail {

/// Hands datagrams to the kernel, and never waits: what `PacketSender` is made of.
///
/// With GSO several of one length, of which the last may be shorter, are one message that the
/// kernel or the network card cuts up.
template <class Socket, class Calls>
class DatagramWriter {
    using Method = PacketSenderOptions::Method;

public:
    using Endpoint = typename Socket::endpoint_type;

    /// What goes in one system call.
    struct Batch {
        std::size_t datagrams = 0;
        std::size_t bytes = 0;
        bool train = false;
    };

    DatagramWriter(Socket& socket, const PacketSenderOptions& options) : socket_{socket} {
        check_options(options);
        if (options.bytes_per_second != 0) {
            max_bytes_ = (std::max<std::size_t>)(options.burst / 2, 1);
        }
        socket_.non_blocking(true);
        choose_method(options.method);
    }
    DatagramWriter(const DatagramWriter&) = delete;
    DatagramWriter& operator=(const DatagramWriter&) = delete;

    /// The next ones that go together, of those from `first` on, at least one; `packet(index)`
    /// gives each.
    template <class Packet>
    [[nodiscard]] Batch plan(const Packet& packet, std::size_t first, std::size_t end) const {
        const std::size_t size = packet(first).size();
        Batch batch{1, size, method_ == Method::gso && size != 0 && size < refused_size_};
        if (method_ == Method::send) {
            return batch;
        }
        const std::size_t max_bytes = batch.train ? (std::min)(max_bytes_, max_train) : max_bytes_;
        std::size_t last = size;
        while (batch.datagrams < max_batch && first + batch.datagrams < end) {
            const std::size_t next = packet(first + batch.datagrams).size();
            const bool fits_train = next != 0 && next <= size && last == size;
            if (next > max_bytes - (std::min)(batch.bytes, max_bytes) ||
                (batch.train && !fits_train)) {
                break;
            }
            last = next;
            batch.bytes += next;
            ++batch.datagrams;
        }
        batch.train = batch.train && batch.datagrams > 1;
        return batch;
    }

    /// One system call, or a few if they are interrupted. Gives how many datagrams were taken; none
    /// if there is an error, and none without one if the batch has to be planned again.
    template <class Packet>
    [[nodiscard]] std::size_t write(const Packet& packet, std::size_t first, const Batch& batch,
                                    const Endpoint* to, error_code& error) {
        for (int tries = 0; tries < max_tries; ++tries) {
            const std::size_t sent = write_once(packet, first, batch, to, error);
            if (!error) {
                for (std::size_t index = 0; index < sent; ++index) {
                    counts_.bytes += packet(first + index).size();
                }
                counts_.datagrams += sent;
                counts_.calls += sent == 0 ? 0 : 1;
                return sent;
            }
            if (error == net::error::connection_refused || error == net::error::connection_reset) {
                ++counts_.refused;  // Windows calls it a reset
            } else if (gives_up_method(batch, packet(first).size(), error)) {
                error = {};
                return 0;
            } else if (error != net::error::interrupted) {
                break;
            }
        }
        counts_.full += is_full(error) || is_out_of_buffers(error) ? 1U : 0U;
        return 0;
    }

    [[nodiscard]] static bool is_full(const error_code& error) noexcept {
        return error == net::error::would_block || error == net::error::try_again;
    }
    /// The network card's queue is full: the socket does not know when it is not.
    [[nodiscard]] static bool is_out_of_buffers(const error_code& error) noexcept {
        return error == net::error::no_buffer_space || error == net::error::no_memory;
    }

    [[nodiscard]] Method method() const noexcept { return method_; }
    /// The system call, for messages.
    [[nodiscard]] const char* call() const noexcept {
        return method_ == Method::send ? "send" : "sendmmsg";
    }
    [[nodiscard]] const PacketSenderCounts& counts() const noexcept { return counts_; }
    [[nodiscard]] Socket& socket() const noexcept { return socket_; }

private:
    static constexpr std::size_t max_batch = 64;      // what all kernels cut a message into
    static constexpr std::size_t max_train = 65'507;  // as for one datagram, by IPv4
    /// How often in a row a call is made again that was interrupted, or told of a peer that nobody
    /// listens there: each of them is over when it has been told of, and nothing was sent.
    static constexpr int max_tries = 16;

    static void check_options(const PacketSenderOptions& options) {
        const auto refuse = [](const char* argument, std::uint64_t value) {
            throw std::invalid_argument{"juggle: PacketSender: argument '" + std::string{argument} +
                                        "' is " + std::to_string(value)};
        };
        if (options.bytes_per_second > Pace::max_rate) {
            refuse("bytes_per_second", options.bytes_per_second);
        }
        if (options.burst == 0 || options.burst > Pace::max_bucket) {
            refuse("burst", options.burst);
        }
    }

#if defined(__linux__)
    void choose_method(Method wanted) {
        method_ = wanted == Method::automatic ? Method::sendmmsg : wanted;
        if (wanted == Method::automatic || wanted == Method::gso) {
            // Off, for what is sent otherwise; an old kernel does not know it.
            if (Calls::set_option(socket_.native_handle(), IPPROTO_UDP, UDP_SEGMENT, 0) == 0) {
                method_ = Method::gso;
            } else if (wanted == Method::gso) {
                throw system_error{error_code{errno, net::error::get_system_category()},
                                   "juggle: PacketSender: setsockopt of UDP_SEGMENT"};
            }
        }
    }

    template <class Packet>
    [[nodiscard]] std::size_t write_once(const Packet& packet, std::size_t first,
                                         const Batch& batch, const Endpoint* to,
                                         error_code& error) {
        if (method_ == Method::send) {
            return write_one(packet(first), to, error);
        }
        const std::size_t messages = batch.train ? 1 : batch.datagrams;
        for (std::size_t index = 0; index < batch.datagrams; ++index) {
            const PacketParts parts = packet(first + index);
            pieces_[2 * index] = piece(parts.header);
            pieces_[2 * index + 1] = piece(parts.payload);
        }
        for (std::size_t index = 0; index < messages; ++index) {
            msghdr& header = messages_[index].msg_hdr;
            header = {};
            header.msg_iov = &pieces_[2 * index];
            header.msg_iovlen = batch.train ? 2 * batch.datagrams : 2;
            if (to != nullptr) {
                header.msg_name = const_cast<void*>(static_cast<const void*>(to->data()));
                header.msg_namelen = static_cast<socklen_t>(to->size());
            }
        }
        if (batch.train) {
            cut_at(packet(first).size());
        }
        const int sent = Calls::send_many(socket_.native_handle(), messages_.data(),
                                          static_cast<unsigned>(messages));
        error = sent < 0 ? error_code{errno, net::error::get_system_category()} : error_code{};
        return sent <= 0 ? 0 : batch.train ? batch.datagrams : static_cast<std::size_t>(sent);
    }

    [[nodiscard]] static iovec piece(std::span<const std::byte> bytes) noexcept {
        return {const_cast<std::byte*>(bytes.data()), bytes.size()};
    }

    void cut_at(std::size_t size) noexcept {
        msghdr& header = messages_[0].msg_hdr;
        header.msg_control = control_;
        header.msg_controllen = sizeof control_;
        cmsghdr* const control = CMSG_FIRSTHDR(&header);
        control->cmsg_level = IPPROTO_UDP;
        control->cmsg_type = UDP_SEGMENT;
        control->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
        const auto segment = static_cast<std::uint16_t>(size);
        std::memcpy(CMSG_DATA(control), &segment, sizeof segment);
    }

    /// Whether this was about how it was sent, and it can be sent in another way: a train whose
    /// datagrams are longer than the path allows (they go in fragments, or the error is that of one
    /// of them), a network card that does not add checksums, a system without the call.
    [[nodiscard]] bool gives_up_method(const Batch& batch, std::size_t size,
                                       const error_code& error) noexcept {
        if (batch.train) {
            switch (error.value()) {
                case EINVAL:
                case EMSGSIZE:
                    refused_size_ = size;
                    return true;
                case EIO:
                case EOPNOTSUPP:
                case ENOPROTOOPT:
                    method_ = Method::sendmmsg;
                    return true;
                default:
                    break;
            }
        }
        if (error.value() == ENOSYS && method_ != Method::send) {
            method_ = Method::send;
            return true;
        }
        return false;
    }
#else
    void choose_method(Method wanted) {
        if (wanted == Method::gso || wanted == Method::sendmmsg) {
            throw std::invalid_argument{
                "juggle: PacketSender: argument 'method' is one that this system does not have"};
        }
    }
    template <class Packet>
    [[nodiscard]] std::size_t write_once(const Packet& packet, std::size_t first, const Batch&,
                                         const Endpoint* to, error_code& error) {
        return write_one(packet(first), to, error);
    }
    [[nodiscard]] bool gives_up_method(const Batch&, std::size_t, const error_code&) noexcept {
        return false;
    }
#endif

    [[nodiscard]] std::size_t write_one(const PacketParts& packet, const Endpoint* to,
                                        error_code& error) {
        error = {};
        (void)Calls::send(socket_, to, packet, error);
        return error ? 0 : 1;
    }

    Socket& socket_;
    Method method_ = Method::send;
    std::size_t max_bytes_ = (std::numeric_limits<std::size_t>::max)();  // of a call
    std::size_t refused_size_ =
        (std::numeric_limits<std::size_t>::max)();  // trains of these, or longer
    PacketSenderCounts counts_;
#if defined(__linux__)
    std::array<iovec, 2 * max_batch> pieces_{};
    std::array<mmsghdr, max_batch> messages_{};
    alignas(cmsghdr) std::byte control_[CMSG_SPACE(sizeof(std::uint16_t))]{};
#endif
};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail
