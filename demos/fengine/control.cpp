#include "fengine/control.hpp"

#include "fengine/command.hpp"
#include "fengine/gains.hpp"
#include "fengine/serve_clients.hpp"

#include <juggle/asio.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace fengine::ON_GPU {

namespace net = boost::asio;
using net::ip::tcp;

namespace {

constexpr std::size_t max_clients = 16;
// Gains of 8192 channels, as long as they may be written.
constexpr std::size_t max_line = 1 << 20;

constexpr const char* help_text =
    "ok  streams | gain STREAM POLARISATION | gain STREAM POLARISATION G... : one gain for all "
    "channels, or one for each, lowest frequency first, such as 2 or 1.5+2j; the answer is the "
    "timestamp from which on they hold";

Stream* find(const FEngine& engine, const std::string& name) {
    for (const auto& stream : engine.streams()) {
        if (stream->name() == name) {
            return stream.get();
        }
    }
    return nullptr;
}

std::string no_stream(const std::string& name) {
    return "error: there is no stream '" + name + "'";
}

std::string gains_of(const FEngine& engine, const Command::GetGains& get) {
    const Stream* const stream = find(engine, get.stream);
    if (stream == nullptr) {
        return no_stream(get.stream);
    }
    std::string text = "ok";
    for (std::size_t channel = 0; channel < stream->gains().channels(); ++channel) {
        text += ' ' + shown(stream->gains().at(get.polarisation, channel));
    }
    return text;
}

juggle::Task<std::string> set_gains(const FEngine& engine, const Command::SetGains& set) {
    Stream* const stream = find(engine, set.stream);
    if (stream == nullptr) {
        co_return no_stream(set.stream);
    }
    Gains gains = stream->gains();
    const std::size_t channels = gains.channels();
    if (set.gains.size() != 1 && set.gains.size() != channels) {
        co_return "error: " + std::to_string(set.gains.size()) + " gains are not one, or one for " +
            "each of the " + std::to_string(channels) + " channels";
    }
    for (std::size_t channel = 0; channel < channels; ++channel) {
        gains.set(set.polarisation, channel, set.gains[set.gains.size() == 1 ? 0 : channel]);
    }
    std::string output;
    try {
        const std::uint64_t from = co_await stream->set_gains(std::move(gains));
        output = "ok " + std::to_string(from);
    } catch (const gpu::Error& error) {
        output = "error: " + gpu::description(error);
    }
    co_return output;
}

std::string names_of_streams(const FEngine& engine) {
    std::string text = "ok";
    for (const auto& stream : engine.streams()) {
        text += ' ' + stream->name();
    }
    return text;
}

juggle::Task<std::string> answer(const FEngine& engine, Command command) {
    if (const auto* mistake = std::get_if<Command::Mistake>(&command.what)) {
        co_return "error: " + mistake->text;
    }
    if (const auto* get = std::get_if<Command::GetGains>(&command.what)) {
        co_return gains_of(engine, *get);
    }
    if (const auto* set = std::get_if<Command::SetGains>(&command.what)) {
        co_return co_await set_gains(engine, *set);
    }
    co_return std::holds_alternative<Command::Help>(command.what) ? std::string{help_text}
                                                                  : names_of_streams(engine);
}

juggle::Task<> take_commands(const FEngine& engine, tcp::socket client) {
    std::string input;
    for (;;) {
        auto [problem, length] = co_await net::async_read_until(
            client, net::dynamic_buffer(input, max_line), '\n', juggle::asio::as_result);
        std::string output;
        if (problem == net::error::not_found) {
            output = "error: the line is too long\n";
        } else if (problem) {
            co_return;
        } else {
            Command command = command_from(std::string_view{input}.substr(0, length - 1));
            input.erase(0, length);
            output = co_await answer(engine, std::move(command));
            output += '\n';
        }
        const auto [unsent, bytes] =
            co_await net::async_write(client, net::buffer(output), juggle::asio::as_result);
        if (unsent || problem) {
            co_return;
        }
    }
}

}  // namespace

juggle::Task<> serve_control(FEngine& engine, tcp::acceptor& acceptor) {
    return serve_clients(acceptor, "control clients", max_clients, [&engine](tcp::socket client) {
        return take_commands(engine, std::move(client));
    });
}

}  // namespace fengine::ON_GPU
