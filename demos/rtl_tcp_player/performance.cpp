#include "performance.hpp"

#include "common/command_line.hpp"
#include "common/rtl_tcp_command.hpp"
#include "common/rtl_tcp_header.hpp"
#include "options.hpp"

#include <juggle/asio.hpp>
#include <juggle/offload.hpp>
#include <juggle/sleep.hpp>
#include <juggle/timed_out.hpp>
#include <juggle/timeout.hpp>
#include <juggle/when_any.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace rtl_tcp_player {

namespace net = boost::asio;
using common::RtlTcpCommand;
using common::RtlTcpHeader;
using juggle::asio::as_result;

namespace {

constexpr std::size_t max_block = std::size_t{256} * 1024;           // bytes
constexpr auto block_time = std::chrono::milliseconds{10};           // about
constexpr auto patience = std::chrono::seconds{10};                  // with one that takes nothing
constexpr double receiver_memory = 1;                                // seconds
constexpr RtlTcpHeader header{.tuner = 5 /* R820T */, .gains = 29};  // what rtl_433 knows best

}  // namespace

Performance::Performance(net::ip::tcp::socket socket, std::string client, SampleFile& file,
                         double sample_rate)
    : socket_(std::move(socket)), client_(std::move(client)), file_(file),
      sample_rate_(sample_rate), block_(max_block) {}

juggle::Task<> Performance::run() {
    say("connected");
    file_.rewind();
    play_at(sample_rate_);
    co_await juggle::when_any(obey(), play());
    say("has got " + std::to_string(played_) + " samples" +
        (lost_ == 0 ? "" : " and lost " + std::to_string(lost_)));
}

juggle::Task<> Performance::obey() {
    std::array<std::byte, RtlTcpCommand::size> bytes{};
    while (true) {
        const auto [error, size] = co_await net::async_read(socket_, net::buffer(bytes), as_result);
        if (error) {
            say(error == net::error::eof ? "left" : "left: " + error.message());
            co_return;
        }
        const RtlTcpCommand command = RtlTcpCommand::from(bytes);
        if (command.code != RtlTcpCommand::Code::sample_rate) {
            say("sets " + command.text());
        } else if (command.value < least_sample_rate || command.value > most_sample_rate) {
            say("cannot set " + command.text());
        } else {
            say("sets " + command.text());
            play_at(command.value);
        }
    }
}

juggle::Task<> Performance::play() {
    const auto first = header.bytes();
    std::string end = co_await send(first);
    while (end.empty()) {
        const std::uint64_t samples = std::min<std::uint64_t>(due(), max_block / sample_bytes);
        if (samples == 0) {
            co_await juggle::sleep_for(block_time);
            continue;
        }
        const std::span<std::byte> into = std::span{block_}.first(samples * sample_bytes);
        const std::size_t size = co_await juggle::offload([&] { return file_.read(into); });
        if (size == 0) {
            end = "has got all";
            break;
        }
        passed_ += size / sample_bytes;
        end = co_await send(into.first(size));
        if (!end.empty()) {
            break;
        }
        played_ += size / sample_bytes;
        if (static_cast<double>(due()) > receiver_memory * sample_rate_) {
            lose(due());
        } else if (due() < max_block / sample_bytes) {
            co_await juggle::sleep_for(block_time);
        }
    }
    say(end);
}

juggle::Task<std::string> Performance::send(std::span<const std::byte> bytes) {
    const std::string too_slow = "takes nothing, and is not waited for any longer";
    const Time begun = std::chrono::steady_clock::now();
    try {
        const auto [error, size] = co_await juggle::timeout(
            patience,
            net::async_write(socket_, net::buffer(bytes.data(), bytes.size()), as_result));
        if (error == net::error::operation_aborted) {  // in the middle of them
            const bool late = std::chrono::steady_clock::now() - begun >= patience;
            co_return late ? too_slow : "is left alone";
        }
        co_return error ? "left: " + error.message() : std::string{};
    } catch (const juggle::TimedOut&) {
        co_return too_slow;
    }
}

void Performance::play_at(double sample_rate) {
    sample_rate_ = sample_rate;
    start_ = std::chrono::steady_clock::now();
    passed_ = 0;
}

std::uint64_t Performance::due() const {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start_;
    const auto taken = static_cast<std::uint64_t>(time.count() * sample_rate_);
    return taken > passed_ ? taken - passed_ : 0;
}

void Performance::lose(std::uint64_t samples) {
    say("is too slow: " + std::to_string(samples) + " samples are lost to it");
    passed_ += samples;
    lost_ += samples;
    file_.skip(samples * sample_bytes);
}

void Performance::say(const std::string& what) const {
    std::cout << client_ << ' ' << what << '\n' << std::flush;
}

}  // namespace rtl_tcp_player
