// The system calls that packets go through, failing as a test wants it.
#pragma once

#include <juggle/asio/detail/socket_calls.hpp>
#include <juggle/asio/packet_parts.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <map>
#include <span>

namespace support {

/// Each call fails that a plan names; a plan is the test's, and there is one at a time.
class PacketCalls : public juggle::asio::detail::SocketCalls {
public:
    struct Plan {
        Plan() { current = this; }
        ~Plan() { current = nullptr; }
        Plan(const Plan&) = delete;
        Plan& operator=(const Plan&) = delete;

        std::map<int, int> receive;  // the error of the call with this number, from 0 on
        std::map<int, int> send;
        std::map<int, int> set_option;            // by the option's name
        int every_receive = 0;                    // an error
        int every_send = 0;                       // an error
        unsigned most_at_once = ~0U;              // messages of a call
        bool no_trains = false;                   // EIO for each
        int receives = 0, sends = 0, trains = 0;  // calls so far
    };

    static int receive_many(int socket, mmsghdr* messages, unsigned count) noexcept {
        if (fails(current->receive, current->receives++, current->every_receive)) {
            return -1;
        }
        return SocketCalls::receive_many(socket, messages, std::min(count, current->most_at_once));
    }
    static int send_many(int socket, mmsghdr* messages, unsigned count) noexcept {
        if (fails(current->send, current->sends++, current->every_send)) {
            return -1;
        }
        if (messages[0].msg_hdr.msg_controllen != 0) {
            ++current->trains;
            if (current->no_trains) {
                errno = EIO;
                return -1;
            }
        }
        return SocketCalls::send_many(socket, messages, std::min(count, current->most_at_once));
    }
    static int set_option(int socket, int level, int name, int value) noexcept {
        if (fails(current->set_option, name, 0)) {
            return -1;
        }
        return SocketCalls::set_option(socket, level, name, value);
    }
    template <class Socket>
    static std::size_t receive(Socket& socket, std::span<std::byte> memory,
                               juggle::asio::error_code& error) {
        if (fails(current->receive, current->receives++, current->every_receive)) {
            error.assign(errno, juggle::asio::net::error::get_system_category());
            return 0;
        }
        return SocketCalls::receive(socket, memory, error);
    }
    template <class Socket>
    static std::size_t send(Socket& socket, const typename Socket::endpoint_type* to,
                            const juggle::asio::PacketParts& packet,
                            juggle::asio::error_code& error) {
        if (fails(current->send, current->sends++, current->every_send)) {
            error.assign(errno, juggle::asio::net::error::get_system_category());
            return 0;
        }
        return SocketCalls::send(socket, to, packet, error);
    }

private:
    static bool fails(const std::map<int, int>& errors, int which, int always) noexcept {
        const auto found = errors.find(which);
        errno = found != errors.end() ? found->second : always;
        return errno != 0;
    }

    static inline Plan* current = nullptr;
};

}  // namespace support
