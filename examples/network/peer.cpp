#include "peer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <thread>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>

namespace network {

using asio::ip::tcp;
using asio::ip::udp;

namespace {

std::vector<float> chunk_at(std::uint64_t number) {
    std::vector<float> samples(floats_per_chunk);
    for (std::size_t place = 0; place < samples.size(); ++place) {
        samples[place] = sample_at(number * floats_per_chunk + place);
    }
    return samples;
}

}  // namespace

void Peer::check(const std::vector<float>& samples, std::uint64_t first, std::size_t count) {
    bool good = true;
    for (std::size_t place = 0; place < count; ++place) {
        good = good && samples[place] == 3.0f * sample_at(first + place);
    }
    ++(good ? right_ : wrong_);
}

void Peer::talk_to(const tcp::endpoint& where) {
    asio::io_context context;
    tcp::socket socket{context};
    socket.connect(where);
    const std::jthread sender{[&] {
        asio::error_code error;  // if the program has gone the other side says so
        for (int number = 0; number < chunks_ && !error; ++number) {
            asio::write(socket, asio::buffer(chunk_at(static_cast<std::uint64_t>(number))), error);
        }
        (void)socket.shutdown(tcp::socket::shutdown_send, error);
    }};
    std::vector<float> samples(floats_per_chunk);
    for (int number = 0; number < chunks_; ++number) {
        asio::error_code error;
        asio::read(socket, asio::buffer(samples), error);
        if (error) {
            break;
        }
        check(samples, static_cast<std::uint64_t>(number) * floats_per_chunk, samples.size());
    }
    asio::error_code ignored;
    (void)socket.shutdown(tcp::socket::shutdown_both, ignored);
}

void Peer::talk_by(udp::socket& socket) {
    const auto packets = static_cast<std::uint64_t>(chunks_) * packets_per_chunk;
    std::atomic<std::uint64_t> expected{packets};
    const std::jthread sender{[&] {
        std::vector<std::byte> packet(packet_bytes);
        bool gone = false;  // nobody listens there any more
        const auto send = [&](std::uint64_t sequence) {
            const Header header{sequence};
            std::memcpy(packet.data(), &header, sizeof header);
            std::array<float, floats_per_packet> samples{};
            for (std::size_t place = 0; place < samples.size(); ++place) {
                samples[place] = sample_at(sequence * floats_per_packet + place);
            }
            std::memcpy(packet.data() + sizeof header, samples.data(), sizeof samples);
            asio::error_code error;
            socket.send(asio::buffer(packet), 0, error);
            gone = error == asio::error::connection_refused;
        };
        for (std::uint64_t sequence = 0; sequence < packets && !gone; ++sequence) {
            if (sequence % 101 == 50) {
                ++left_out_;
                continue;
            }
            if (sequence % 32 == 7) {
                send(sequence + 1);
                send(sequence);
                ++sequence;
            } else {
                send(sequence);
            }
            if (sequence % 61 == 3) {
                send(sequence);
            }
            if (sequence % 16 == 15) {  // some 30 MB/s, so that the kernel need not drop any
                std::this_thread::sleep_for(std::chrono::microseconds{500});
            }
        }
        expected = packets - left_out_;
    }};
    const timeval limit{.tv_sec = 2, .tv_usec = 0};
    (void)::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::vector<std::byte> packet(packet_bytes);
    std::vector<float> samples(floats_per_packet);
    for (std::uint64_t come_back = 0;;) {
        const auto count = ::recv(socket.native_handle(), packet.data(), packet.size(), 0);
        if (count != static_cast<ssize_t>(packet_bytes)) {
            break;  // the program has ended, or says nothing any more
        }
        Header header{};
        std::memcpy(&header, packet.data(), sizeof header);
        std::memcpy(samples.data(), packet.data() + sizeof header,
                    samples.size() * sizeof samples[0]);
        check(samples, header.sequence * floats_per_packet, samples.size());
        if (++come_back == expected) {
            break;
        }
    }
}

}  // namespace network
