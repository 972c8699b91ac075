// Chunks come in over the network, a device makes three of one, and they go out again: in five
// steps, which docs/guide/network.md goes through. `network [MODE [CHUNKS]]`; all modes if none is
// named.

#include "modes.hpp"
#include "peer.hpp"

#include <juggle/juggle.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace {

using asio::ip::tcp;
using asio::ip::udp;
using network::Losses;
using network::Peer;

constexpr std::string_view modes[]{"blocking", "awaiting", "overlapped", "packets", "draining"};

void print(std::string_view mode, const Peer& peer, const Losses& losses, double seconds) {
    std::printf("%-11.*s %6d right %4d wrong", static_cast<int>(mode.size()), mode.data(),
                peer.right(), peer.wrong());
    if (peer.left_out() != 0) {
        std::printf(", %llu left out, %llu missing, %llu doubled, %llu dropped by the kernel",
                    static_cast<unsigned long long>(peer.left_out()),
                    static_cast<unsigned long long>(losses.missing),
                    static_cast<unsigned long long>(losses.doubled),
                    static_cast<unsigned long long>(losses.dropped));
    }
    std::printf(", %.0f ms\n", seconds * 1e3);
}

bool run_over_tcp(network::Device& device, std::string_view mode, int chunks) {
    asio::io_context context;
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    Peer peer{chunks};
    const auto start = std::chrono::steady_clock::now();
    {
        const std::jthread talks{[&] { peer.talk_to(acceptor.local_endpoint()); }};
        tcp::socket socket = acceptor.accept();
        if (mode == "blocking") {
            network::run_blocking(device, std::move(socket));
        } else if (mode == "awaiting") {
            network::run_awaiting(device, context, std::move(socket));
        } else {
            network::run_overlapped(device, context, std::move(socket));
        }
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    print(mode, peer, {}, time.count());
    return peer.right() == chunks && peer.wrong() == 0;
}

bool run_over_udp(network::Device& device, std::string_view mode, int chunks) {
    asio::io_context context;
    udp::socket socket{context, {asio::ip::address_v4::loopback(), 0}};
    udp::socket other{context, {asio::ip::address_v4::loopback(), 0}};
    socket.connect(other.local_endpoint());
    other.connect(socket.local_endpoint());
    other.set_option(udp::socket::receive_buffer_size{4 << 20});
    Peer peer{chunks};
    Losses losses;
    const auto start = std::chrono::steady_clock::now();
    {
        const std::jthread talks{[&] { peer.talk_by(other); }};
        if (mode == "packets") {
            losses = network::run_packets(device, context, std::move(socket));
        } else {
            const juggle::StopSignals signals;  // Ctrl-C
            losses = network::run_draining(device, context, std::move(socket), signals.token());
        }
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    print(mode, peer, losses, time.count());
    return peer.wrong() == 0 && peer.right() != 0 && losses.missing >= peer.left_out();
}

int run(const std::vector<std::string>& arguments) {
    std::vector<std::string_view> wanted{std::begin(modes), std::end(modes)};
    if (!arguments.empty()) {
        wanted = {arguments[0]};
        if (std::ranges::find(modes, wanted[0]) == std::end(modes)) {
            throw std::invalid_argument{"unknown mode '" + arguments[0] +
                                        "'; there are blocking, awaiting, overlapped, packets, "
                                        "draining"};
        }
    }
    int chunks = 200;
    if (arguments.size() > 1) {
        const std::string& text = arguments[1];
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), chunks);
        if (error != std::errc{} || end != text.data() + text.size() || chunks < 1) {
            throw std::invalid_argument{"CHUNKS is '" + text + "', not a number from 1"};
        }
    }
    network::Device device;
    bool good = true;
    for (const std::string_view mode : wanted) {
        const bool packets = mode == "packets" || mode == "draining";
        good &= packets ? run_over_udp(device, mode, chunks) : run_over_tcp(device, mode, chunks);
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "network: %s\n", error.what());
    } catch (const juggle::Cancelled&) {
        std::fprintf(stderr, "network: stopped\n");
    }
    return EXIT_FAILURE;
}
