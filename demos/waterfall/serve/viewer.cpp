#include "serve/viewer.hpp"

#include "serve/messages.hpp"

#include <juggle/asio.hpp>
#include <juggle/sleep.hpp>
#include <juggle/when_any.hpp>

#include <algorithm>
#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace waterfall {

namespace net = boost::asio;
using juggle::asio::as_result;

namespace {

// Messages under way to a browser: enough that the time to it and back costs no pause.
constexpr std::size_t max_under_way = 4;
// No browser shows more pictures a second.
constexpr auto pause = std::chrono::milliseconds{15};

}  // namespace

Viewer::Viewer(WebSocket& socket, Broadcast& broadcast)
    : socket_(socket), broadcast_(broadcast), next_(broadcast.rows().rows()),
      messages_allowed_(max_under_way) {
    broadcast_.add_browser();
}

Viewer::~Viewer() { broadcast_.remove_browser(); }

juggle::Task<> Viewer::run() { co_await juggle::when_any(listen(), talk(), say_good_bye()); }

juggle::Task<> Viewer::listen() {
    // Twice as long as a message, whose parts may each be asked for with room for a whole one.
    boost::beast::flat_static_buffer<2 * max_browser_message> buffer;
    while (true) {
        const auto [error, size] =
            co_await socket_.async_read_some(buffer, max_browser_message, as_result);
        if (error) {
            co_return;
        }
        if (!socket_.is_message_done()) {
            continue;
        }
        const net::const_buffer message = buffer.cdata();
        if (!asks_for_more({static_cast<const char*>(message.data()), message.size()})) {
            co_return;
        }
        buffer.clear();
        messages_allowed_ = std::min(messages_allowed_ + 1, max_under_way);
        asked_.set();
    }
}

juggle::Task<> Viewer::talk() {
    bool connected = co_await send_text(broadcast_.stream());
    while (connected) {
        while (messages_allowed_ == 0) {
            asked_.reset();
            co_await asked_.wait();
        }
        if (statuses_ != broadcast_.statuses()) {
            statuses_ = broadcast_.statuses();
            connected = co_await send_text(broadcast_.status());
        } else if (next_ != broadcast_.rows().rows()) {
            connected = co_await send_rows();
            co_await juggle::sleep_for(pause);
        } else {
            co_await broadcast_.news().wait();
        }
    }
}

juggle::Task<> Viewer::say_good_bye() {
    co_await broadcast_.ended().wait();
    (void)co_await socket_.async_close(boost::beast::websocket::close_code::going_away, as_result);
    // What the browser answers is read by `listen`, which ends it.
    juggle::AsyncEvent never;
    co_await never.wait();
}

juggle::Task<bool> Viewer::send_text(const std::string& message) {
    --messages_allowed_;
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
    const std::string copy = message;  // another may take its place meanwhile
    socket_.text(true);
    const auto [error, size] = co_await socket_.async_write(net::buffer(copy), as_result);
    co_return !error;
}

juggle::Task<bool> Viewer::send_rows() {
    --messages_allowed_;
    broadcast_.rows().take(next_, batch_);
    skipped_ += batch_.first - next_;
    broadcast_.skip(batch_.first - next_);
    next_ = batch_.first + batch_.count;
    const auto header = rows_header(batch_, broadcast_.rows().channels(), skipped_);
    const std::array<net::const_buffer, 2> message{net::buffer(header), net::buffer(batch_.levels)};
    socket_.binary(true);
    const auto [error, size] = co_await socket_.async_write(message, as_result);
    co_return !error;
}

}  // namespace waterfall
