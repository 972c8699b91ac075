#pragma once

#include "sample_file.hpp"

#include <juggle/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

namespace rtl_tcp_player {

/// The file for one client, from its beginning, at the rate that the client wants. As a receiver
/// does, it waits for nobody: what a client does not take in time is lost to it.
class Performance {
public:
    Performance(boost::asio::ip::tcp::socket socket, std::string client, SampleFile& file,
                double sample_rate);

    /// Until the client leaves, takes nothing any more, or has got all.
    [[nodiscard]] juggle::Task<> run();

private:
    using Time = std::chrono::steady_clock::time_point;

    [[nodiscard]] juggle::Task<> obey();
    [[nodiscard]] juggle::Task<> play();
    /// Empty: it has taken them; else why the performance is over.
    [[nodiscard]] juggle::Task<std::string> send(std::span<const std::byte> bytes);
    void play_at(double sample_rate);
    /// Samples that the receiver has taken, and that were neither sent nor lost so far.
    [[nodiscard]] std::uint64_t due() const;
    void lose(std::uint64_t samples);
    void say(const std::string& what) const;

    boost::asio::ip::tcp::socket socket_;
    std::string client_;
    SampleFile& file_;
    double sample_rate_;
    Time start_;                // of this rate
    std::uint64_t passed_ = 0;  // samples since then
    std::uint64_t played_ = 0;
    std::uint64_t lost_ = 0;
    std::vector<std::byte> block_;
};

}  // namespace rtl_tcp_player
