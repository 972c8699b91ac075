#pragma once

#include <juggle/asio/detail/net.hpp>
#include <juggle/asio/detail/operation.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR {

namespace detail {

struct TupleForm {
    template <class... Results>
    [[nodiscard]] static std::tuple<Results...> give(std::tuple<Results...>&& results) {
        return std::move(results);
    }

    /// It was cancelled, and has moved no byte before.
    template <class First, class... Rest>
    [[nodiscard]] static bool has_nothing(const std::tuple<First, Rest...>& results) noexcept {
        if constexpr (std::is_same_v<std::tuple<Rest...>, std::tuple<std::size_t>>) {
            return says_cancelled(std::get<0>(results)) && std::get<1>(results) == 0;
        } else {
            return says_cancelled(std::get<0>(results));
        }
    }
    [[nodiscard]] static bool has_nothing(const std::tuple<>&) noexcept { return false; }
};

}  // namespace detail

/// A completion token as `use_task`, whose awaits give all that a handler is called with, the
/// `error_code` too, as a `std::tuple`:
/// `const auto [error, bytes] = co_await socket.async_receive(buffer, juggle::asio::as_result);`
///
/// An operation that a stop request has ended throws `Cancelled`, unless it has moved bytes before,
/// as a composed `async_read` may have: it gives `operation_aborted` and their number then, and the
/// stop request is for the next await.
struct AsResult {};
inline constexpr AsResult as_result{};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR

/// What initiating functions return for `juggle::asio::as_result`.
template <class Return, class... Results>
class juggle::asio::net::async_result<juggle::asio::AsResult, Return(Results...)>
    : public juggle::asio::detail::ResultOf<juggle::asio::detail::TupleForm, Results...> {};
