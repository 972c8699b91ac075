#include "live/network_source.hpp"

#include "error.hpp"
#include "live/tcp_receiver.hpp"
#include "live/udp_receiver.hpp"

#include <juggle/asio.hpp>
#include <juggle/sleep.hpp>
#include <juggle/timed_out.hpp>
#include <juggle/when_any.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>

#include <boost/system/system_error.hpp>

namespace waterfall {
namespace {

constexpr auto pause = std::chrono::seconds{1};  // between attempts to connect

/// A second of them, and not less than the chunks that may be under way.
std::size_t ring_capacity(const Options& options) {
    return std::max(static_cast<std::size_t>(std::min(options.sample_rate, 1e8)),
                    4 * options.chunk);
}

std::unique_ptr<Receiver> make_receiver(boost::asio::io_context& context, const Options& options) {
    if (options.udp) {
        return std::make_unique<UdpReceiver>(context, options);
    }
    return std::make_unique<TcpReceiver>(context, options);
}

}  // namespace

NetworkSource::NetworkSource(boost::asio::io_context& context, const Options& options,
                             const Interrupt& interrupt)
    : options_(options), interrupt_(interrupt),
      ring_(ring_capacity(options), bytes_per_sample(options.format)),
      receiver_(make_receiver(context, options)), trouble_("connecting to " + name()) {}

std::string NetworkSource::name() const {
    const std::string name = receiver_->name();
    return name.substr(name.find(": ") + 2);
}

InputState NetworkSource::state() const {
    return {.lost = ring_.lost() + receiver_->lost(),
            .disconnects = disconnects_,
            .fill = ring_.fill(),
            .trouble = receiving_ && receiver_->connected() ? std::string{} : trouble_};
}

juggle::Task<std::size_t> NetworkSource::read(std::span<std::byte> into) {
    const std::size_t size = co_await ring_.read(into);
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    co_return size;
}

juggle::Task<> NetworkSource::run() {
    co_await juggle::when_any(receive(), juggle::asio::readable(interrupt_.fd()));
    ring_.close();
}

juggle::Task<> NetworkSource::receive() {
    try {
        while (true) {
            receiving_ = true;
            const std::string reason = co_await receive_once();
            receiving_ = false;
            disconnects_ += receiver_->connected() ? 1U : 0U;
            if (!options_.reconnect) {
                if (!receiver_->connected()) {
                    throw Error(receiver_->name() + ": " + reason);
                }
                std::cerr << "waterfall: warning: " << receiver_->name() << ": " << reason << '\n';
                break;
            }
            trouble_ = name() + ": " + reason + ", trying again";
            ring_.cut();
            co_await juggle::sleep_for(pause);
        }
    } catch (const std::exception&) {
        failure_ = std::current_exception();
    }
}

juggle::Task<std::string> NetworkSource::receive_once() {
    try {
        co_await receiver_->receive(ring_);
        co_return "the server has closed the connection";
    } catch (const boost::system::system_error& error) {
        co_return error.code().message();
    } catch (const juggle::TimedOut&) {
        co_return receiver_->connected() ? "nothing comes any more" : "no answer";
    } catch (const Error& error) {
        if (!options_.reconnect) {
            throw;
        }
        co_return std::string(error.what()).substr(receiver_->name().size() + 1);
    }
}

}  // namespace waterfall
