#pragma once

#include <juggle/asio/detail/net.hpp>
#include <juggle/asio/detail/socket_calls.hpp>
#include <juggle/asio/packet_receiver_counts.hpp>
#include <juggle/asio/packet_receiver_options.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR::detail {

/// Reads what has come to a datagram socket, and never waits: what `PacketReceiver` is made of.
///
/// With GRO the kernel gives a train: datagrams of one length, but for the last, one after the
/// other. Placing them by their headers takes one copy, out of a buffer that stays in the cache.
/// Reading into two memories for each datagram, header and payload, was measured to cost more than
/// that copy.
template <class Socket, class Calls>
class DatagramReader {
    using Method = PacketReceiverOptions::Method;

public:
    DatagramReader(Socket& socket, const PacketReceiverOptions& options) : socket_{socket} {
        check_options(options);
        socket_.non_blocking(true);
        ask_for_buffer(options.receive_buffer);
        choose_method(options.method);
        try {
            make_room(options.max_datagram);
        } catch (...) {
            leave_socket();
            throw;
        }
    }
    DatagramReader(const DatagramReader&) = delete;
    DatagramReader& operator=(const DatagramReader&) = delete;
    ~DatagramReader() { leave_socket(); }

    /// Whether something that was read has not been taken yet.
    [[nodiscard]] bool has_packets() const noexcept { return current_ != trains_.size(); }

    [[nodiscard]] std::optional<std::span<const std::byte>> next() noexcept {
        if (!has_packets()) {
            return std::nullopt;
        }
        Train& train = trains_[current_];
        const std::size_t size = (std::min)(train.next, train.size);
        const std::span<const std::byte> packet{train.begin, size};
        train.begin += size;
        train.size -= size;
        train.next = train.segment;
        current_ += train.size == 0 ? 1 : 0;
        return packet;
    }

    /// Copies what has not been taken yet, as one row of bytes. Gives how many.
    [[nodiscard]] std::size_t copy(std::span<std::byte> memory) noexcept {
        std::size_t copied = 0;
        while (has_packets()) {
            Train& train = trains_[current_];
            const std::size_t size = (std::min)(train.size, memory.size() - copied);
            if (size != 0) {  // neither pointer may be null
                std::memcpy(memory.data() + copied, train.begin, size);
            }
            copied += size;
            train.begin += size;
            train.size -= size;
            train.next = rest_of_segment(train.next, size, train.segment);
            if (train.size != 0) {
                break;
            }
            ++current_;
        }
        return copied;
    }

    /// One system call, or a few if they are interrupted. Everything that was read before must have
    /// been taken. An error if nothing was read: `would_block` if there was nothing.
    [[nodiscard]] error_code read() {
        trains_.clear();
        current_ = 0;
        if (const error_code error = std::exchange(kept_error_, error_code{})) {
            return error;
        }
#if defined(__linux__)
        if (method_ != Method::recv) {
            return read_many();
        }
#endif
        return read_one_by_one();
    }

    /// As `read`, into this memory as far as there is something to be read and the memory is large
    /// enough, but no more than some 16 trains, so that others have their turn. Gives how many
    /// bytes that were. What of the last train had no room is still to be taken.
    [[nodiscard]] error_code read_into(std::span<std::byte> memory, std::size_t& bytes) {
        bytes = 0;
#if defined(__linux__)
        if (method_ == Method::gro) {
            return read_trains_into(memory, bytes);
        }
#endif
        const error_code error = read();
        bytes = copy(memory);
        return error;
    }

    /// Whether the last read left nothing behind: then the next one is to wait for the socket.
    [[nodiscard]] bool dry() const noexcept { return dry_; }
    [[nodiscard]] Method method() const noexcept { return method_; }
    /// The system call, for messages.
    [[nodiscard]] const char* call() const noexcept {
        return method_ == Method::recv ? "recv" : "recvmmsg";
    }
    [[nodiscard]] std::size_t receive_buffer() const {
        net::socket_base::receive_buffer_size size;  // half of what Linux says, which doubles it
        socket_.get_option(size);
        return static_cast<std::size_t>(size.value());
    }
    [[nodiscard]] const PacketReceiverCounts& counts() const noexcept { return counts_; }
    [[nodiscard]] Socket& socket() const noexcept { return socket_; }

private:
    static constexpr std::size_t max_train = 65'535;
    static constexpr std::size_t cache_line = 64;
    static constexpr int trains_at_once = 16;
    /// How often in a row a call is made again that was interrupted, or told of a peer that nobody
    /// listens there: each of them is over when it has been told of.
    static constexpr int max_tries = 16;

    struct Train {
        const std::byte* begin;
        std::size_t size;
        std::size_t segment;  // of each datagram but the last
        std::size_t next;     // what is left of the first one
    };

    static void check_options(const PacketReceiverOptions& options) {
        const auto refuse = [](const char* argument, std::size_t value) {
            throw std::invalid_argument{"juggle: PacketReceiver: argument '" +
                                        std::string{argument} + "' is " + std::to_string(value)};
        };
        if (options.receive_buffer > static_cast<std::size_t>((std::numeric_limits<int>::max)())) {
            refuse("receive_buffer", options.receive_buffer);
        }
        if (options.max_datagram == 0 || options.max_datagram > max_train) {
            refuse("max_datagram", options.max_datagram);
        }
    }

    void make_room(std::size_t max_datagram) {
        const bool trains = method_ == Method::gro;
        capacity_ = trains ? max_train : max_datagram;
        // A bit more, so that the heads of the slots are not all in one set of the cache.
        slot_size_ = capacity_ + 1 + cache_line;
        batch_ = trains ? 8 : 64;
        memory_ = std::make_unique_for_overwrite<std::byte[]>(batch_ * slot_size_);
        trains_.reserve(batch_);
        make_messages();
    }

    /// As others want to find it: one datagram a read.
    void leave_socket() noexcept {
#if defined(__linux__)
        if (method_ == Method::gro) {
            (void)Calls::set_option(socket_.native_handle(), IPPROTO_UDP, UDP_GRO, 0);
        }
#endif
    }

    void ask_for_buffer(std::size_t bytes) {
        if (bytes == 0) {
            return;
        }
#if defined(__linux__)
        // Beyond the system's limit, for those who may.
        if (Calls::set_option(socket_.native_handle(), SOL_SOCKET, SO_RCVBUFFORCE,
                              static_cast<int>(bytes)) == 0) {
            return;
        }
        if (Calls::set_option(socket_.native_handle(), SOL_SOCKET, SO_RCVBUF,
                              static_cast<int>(bytes)) != 0) {
            throw failed("setsockopt of SO_RCVBUF");
        }
#else
        socket_.set_option(net::socket_base::receive_buffer_size{static_cast<int>(bytes)});
#endif
    }

#if defined(__linux__)
    [[nodiscard]] static system_error failed(const std::string& call) {
        return system_error{error_code{errno, net::error::get_system_category()},
                            "juggle: PacketReceiver: " + call};
    }

    void choose_method(Method wanted) {
        method_ = wanted == Method::automatic ? Method::recvmmsg : wanted;
        if (wanted == Method::automatic || wanted == Method::gro) {
            if (Calls::set_option(socket_.native_handle(), IPPROTO_UDP, UDP_GRO, 1) == 0) {
                method_ = Method::gro;
            } else if (wanted == Method::gro) {
                throw failed("setsockopt of UDP_GRO");
            }
        }
        // A socket that cannot tell has dropped 0.
        (void)Calls::set_option(socket_.native_handle(), SOL_SOCKET, SO_RXQ_OVFL, 1);
    }

    void make_messages() {
        pieces_.resize(batch_);
        messages_.resize(batch_);
        control_.resize(batch_);
        for (std::size_t index = 0; index < batch_; ++index) {
            pieces_[index] = {memory_.get() + index * slot_size_, capacity_};
            prepare(index, &pieces_[index], 1);
        }
    }
    void prepare(std::size_t index, iovec* pieces, std::size_t count) noexcept {
        msghdr& header = messages_[index].msg_hdr;
        header = {};
        header.msg_iov = pieces;
        header.msg_iovlen = count;
        header.msg_control = control_[index].bytes;
        header.msg_controllen = sizeof control_[index].bytes;
    }

    /// Gives how many messages were read, or -1 with an error.
    [[nodiscard]] int receive(unsigned count, error_code& error) {
        for (int tries = 0; tries < max_tries; ++tries) {
            const int read = Calls::receive_many(socket_.native_handle(), messages_.data(), count);
            if (read >= 0) {
                error = {};
                counts_.reads += 1;
                dry_ = static_cast<unsigned>(read) < count;
                return read;
            }
            error.assign(errno, net::error::get_system_category());
            if (errno == ECONNREFUSED) {
                ++counts_.refused;
            } else if (errno != EINTR) {
                break;
            }
        }
        dry_ = true;
        return -1;
    }

    [[nodiscard]] error_code read_many() {
        error_code error;
        const int read = receive(static_cast<unsigned>(batch_), error);
        if (read < 0) {
            if (error.value() == ENOSYS && method_ == Method::recvmmsg) {
                method_ = Method::recv;
                return read_one_by_one();
            }
            return error;
        }
        for (std::size_t index = 0; index < static_cast<std::size_t>(read); ++index) {
            take_in(index);
            prepare(index, &pieces_[index], 1);
        }
        return error;
    }

    void take_in(std::size_t index) noexcept {
        const std::size_t size = messages_[index].msg_len;
        const std::size_t segment = segment_of(index);
        const std::size_t whole = count_in(index, segment);
        if (whole != 0 || size == 0) {
            trains_.push_back({memory_.get() + index * slot_size_, whole, segment, segment});
        }
    }

    /// Counts the datagrams of a message. Gives how many of its bytes are whole datagrams.
    [[nodiscard]] std::size_t count_in(std::size_t index, std::size_t segment) noexcept {
        std::size_t size = messages_[index].msg_len;
        if ((messages_[index].msg_hdr.msg_flags & MSG_TRUNC) != 0) [[unlikely]] {
            ++counts_.truncated;
            size -= segment == size ? size : size % segment;
            if (size == 0) {
                return 0;
            }
        }
        counts_.datagrams += size == 0 ? 1 : (size + segment - 1) / segment;
        counts_.bytes += size;
        return size;
    }

    /// How long each datagram of a message is; and how many the kernel has dropped before it.
    [[nodiscard]] std::size_t segment_of(std::size_t index) noexcept {
        msghdr& header = messages_[index].msg_hdr;
        std::size_t segment = messages_[index].msg_len;
        for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
             control = CMSG_NXTHDR(&header, control)) {
            if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO) {
                int size = 0;
                std::memcpy(&size, CMSG_DATA(control), sizeof size);
                segment = size > 0 ? static_cast<std::size_t>(size) : segment;
            } else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL) {
                std::uint32_t dropped = 0;
                std::memcpy(&dropped, CMSG_DATA(control), sizeof dropped);
                counts_.dropped += dropped - static_cast<std::uint32_t>(counts_.dropped);
            }
        }
        return segment;
    }

    [[nodiscard]] error_code read_trains_into(std::span<std::byte> memory, std::size_t& bytes) {
        trains_.clear();
        current_ = 0;
        error_code error = std::exchange(kept_error_, error_code{});
        for (int count = 0; !error && count < trains_at_once && bytes < memory.size(); ++count) {
            read_train_into(memory, bytes, error);
            if (!error && dry_) {
                break;
            }
        }
        if (error && bytes != 0) {
            kept_error_ = error == net::error::would_block ? error_code{} : error;
            error = {};
        }
        return error;
    }

    void read_train_into(std::span<std::byte> memory, std::size_t& bytes, error_code& error) {
        const std::size_t room = memory.size() - bytes;
        iovec pieces[] = {{memory.data() + bytes, room}, {memory_.get(), capacity_}};
        prepare(0, pieces, 2);
        if (receive(1, error) > 0) {
            const std::size_t segment = segment_of(0);
            const std::size_t size = count_in(0, segment);
            bytes += (std::min)(size, room);
            if (size > room) {
                trains_.push_back(
                    {memory_.get(), size - room, segment, rest_of_segment(segment, room, segment)});
            }
        }
        prepare(0, &pieces_[0], 1);
    }
#else
    void choose_method(Method wanted) {
        if (wanted == Method::gro || wanted == Method::recvmmsg) {
            throw std::invalid_argument{
                "juggle: PacketReceiver: argument 'method' is one that this system does not have"};
        }
        method_ = Method::recv;
    }
    void make_messages() noexcept {}
#endif

    [[nodiscard]] error_code read_one_by_one() {
        error_code error;
        for (std::size_t count = 0; count < batch_ && !error; ++count) {
            read_one(error);
        }
        dry_ = static_cast<bool>(error);
        if (error && has_packets()) {
            kept_error_ = error == net::error::would_block ? error_code{} : error;
            error = {};
        }
        return error;
    }

    void read_one(error_code& error) {
        std::byte* const memory = memory_.get() + trains_.size() * slot_size_;
        for (int tries = 0; tries < max_tries; ++tries) {
            const std::size_t size =  // one byte more, to see whether there are too many
                Calls::receive(socket_, std::span{memory, capacity_ + 1}, error);
            if (!error && size <= capacity_) {
                ++counts_.reads;
                ++counts_.datagrams;
                counts_.bytes += size;
                trains_.push_back({memory, size, size, size});
                return;
            }
            if (!error || error == net::error::message_size) {  // Windows says so
                ++counts_.reads;
                ++counts_.truncated;
                error = {};
                return;
            }
            if (error == net::error::connection_refused || error == net::error::connection_reset) {
                ++counts_.refused;  // Windows calls it a reset
            } else if (error != net::error::interrupted) {
                return;
            }
        }
    }

    /// What is left of the datagram in which a row of bytes begins, `taken` bytes further on.
    [[nodiscard]] static std::size_t rest_of_segment(std::size_t next, std::size_t taken,
                                                     std::size_t segment) noexcept {
        return taken < next ? next - taken
                            : segment - (taken - next) % (std::max<std::size_t>)(segment, 1);
    }

    Socket& socket_;
    Method method_ = Method::recv;
    std::size_t slot_size_ = 0;
    std::size_t capacity_ = 0;  // of a slot, for one datagram or train
    std::size_t batch_ = 0;
    std::unique_ptr<std::byte[]> memory_;
    std::vector<Train> trains_;
    std::size_t current_ = 0;
    bool dry_ = false;
    error_code kept_error_;  // for the next read
    PacketReceiverCounts counts_;
#if defined(__linux__)
    struct Control {
        alignas(cmsghdr) std::byte bytes[512];  // for all that a socket may be told to say
    };
    std::vector<iovec> pieces_;
    std::vector<mmsghdr> messages_;
    std::vector<Control> control_;
#endif
};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail
