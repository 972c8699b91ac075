#pragma once

#include "options.hpp"
#include "serve/figures.hpp"
#include "serve/live_rows.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace waterfall {

/// What a browser is sent; README.md says what each of them means.

/// The first message: what the rows are. `session`: another one for each run of the program.
[[nodiscard]] std::string stream_message(const Options& options, std::string_view source,
                                         std::uint64_t session);

/// How it is going: what has been done since `before`.
[[nodiscard]] std::string status_message(const Figures& before, const Figures& now);

/// What stands in front of the levels of some rows. `skipped`: rows that this browser was not sent.
inline constexpr std::size_t rows_header_size = 32;
[[nodiscard]] std::array<std::byte, rows_header_size> rows_header(const LiveRows::Batch& batch,
                                                                  std::size_t channels,
                                                                  std::uint64_t skipped);

/// All that a browser may say: that it is ready for another message.
[[nodiscard]] constexpr bool asks_for_more(std::string_view message) { return message == "more"; }
inline constexpr std::size_t max_browser_message = 16;  ///< bytes

}  // namespace waterfall
