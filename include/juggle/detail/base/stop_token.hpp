#pragma once

#include <juggle/config.hpp>

#include <version>

#if JUGGLE_HAS_STOP_TOKEN
#if !defined(__cpp_lib_jthread) && __cplusplus >= 202002L
#error "juggle was built with std::stop_token: compile this with -fexperimental-library, too"
#endif
#include <stop_token>
#endif

namespace juggle::inline JUGGLE_ABI::detail {

#if JUGGLE_HAS_STOP_TOKEN

using StopToken = std::stop_token;
using StopSource = std::stop_source;
template <class Callback>
using StopCallback = std::stop_callback<Callback>;

#else

/// In the place of `std::stop_token` where there is none: no stop is ever requested.
struct StopToken {
    [[nodiscard]] static constexpr bool stop_requested() noexcept { return false; }
    [[nodiscard]] static constexpr bool stop_possible() noexcept { return false; }
};

struct StopSource {
    [[nodiscard]] static constexpr StopToken get_token() noexcept { return {}; }
    static constexpr bool request_stop() noexcept { return false; }
};

template <class Callback>
struct StopCallback {
    StopCallback(StopToken, const Callback&) noexcept {}
};

#endif

}  // namespace juggle::detail
