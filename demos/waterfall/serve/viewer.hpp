#pragma once

#include "serve/broadcast.hpp"
#include "serve/live_rows.hpp"
#include "serve/web_socket.hpp"

#include <juggle/async_event.hpp>
#include <juggle/task.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace waterfall {

/// One page that is open in a browser. It gets the next message when it has asked for more, and all
/// rows that have come by then, or the latest of them.
class Viewer {
public:
    /// An open one, which must outlive it.
    Viewer(WebSocket& socket, Broadcast& broadcast);
    ~Viewer();
    Viewer(const Viewer&) = delete;
    Viewer& operator=(const Viewer&) = delete;

    /// Until the browser leaves, or says something that it must not, or the broadcast has ended.
    [[nodiscard]] juggle::Task<> run();

private:
    [[nodiscard]] juggle::Task<> listen();
    [[nodiscard]] juggle::Task<> talk();
    [[nodiscard]] juggle::Task<> say_good_bye();
    /// False: the connection has ended.
    [[nodiscard]] juggle::Task<bool> send_text(const std::string& message);
    [[nodiscard]] juggle::Task<bool> send_rows();

    WebSocket& socket_;
    Broadcast& broadcast_;
    LiveRows::Batch batch_;
    std::uint64_t next_;
    std::uint64_t skipped_ = 0;
    std::uint64_t statuses_ = 0;
    std::size_t messages_allowed_;
    juggle::AsyncEvent asked_{"request for more"};
};

}  // namespace waterfall
