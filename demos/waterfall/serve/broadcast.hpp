#pragma once

#include "serve/live_rows.hpp"

#include <juggle/async_event.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace waterfall {

/// What all browsers are shown: the rows, and how it is going. For tasks of one executor.
class Broadcast {
public:
    /// `stream`: the first message to each.
    Broadcast(std::string stream, std::size_t channels);

    void append(std::span<const float> rows, std::uint64_t lost);
    void set_status(std::string message);

    [[nodiscard]] const std::string& stream() const noexcept { return stream_; }
    [[nodiscard]] const LiveRows& rows() const noexcept { return rows_; }
    [[nodiscard]] const std::string& status() const noexcept { return status_; }
    /// How many there have been.
    [[nodiscard]] std::uint64_t statuses() const noexcept { return statuses_; }

    /// Lets those pass who wait when there is something new, or a browser has left.
    [[nodiscard]] juggle::AsyncEvent& news() noexcept { return news_; }

    /// There will be nothing more.
    void end() noexcept { ended_.set(); }
    [[nodiscard]] juggle::AsyncEvent& ended() noexcept { return ended_; }

    void add_browser() noexcept { ++browsers_; }
    void remove_browser() noexcept;
    /// That are connected.
    [[nodiscard]] std::uint64_t browsers() const noexcept { return browsers_; }

    void skip(std::uint64_t rows) noexcept { skipped_ += rows; }
    /// Rows, of all browsers.
    [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_; }

private:
    void announce() noexcept;

    std::string stream_;
    LiveRows rows_;
    std::string status_;
    std::uint64_t statuses_ = 0;
    std::uint64_t browsers_ = 0;
    std::uint64_t skipped_ = 0;
    juggle::AsyncEvent news_{"news for browsers"};
    juggle::AsyncEvent ended_{"end of the broadcast"};
};

}  // namespace waterfall
