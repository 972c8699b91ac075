#pragma once

#include <juggle/cancelled.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/report.hpp>
#include <juggle/detail/base/result.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace juggle::inline JUGGLE_ABI {

namespace detail {
[[noreturn]] JUGGLE_EXPORT void throw_no_failure();
}

/// How something ended that was awaited: with a value or with an exception. What `as_outcome` and
/// `when_all_settled` give instead of throwing.
///
/// `T` may be `void` or a reference. Not for passing errors around in general: functions that can
/// fail throw.
template <class T = void>
class [[nodiscard]] Outcome {
public:
    using value_type = T;

    /// Ended with this exception. `std::invalid_argument` if it is null.
    static Outcome failure(std::exception_ptr error) {
        if (!error) [[unlikely]] {
            detail::throw_no_failure();
        }
        return Outcome{std::move(error)};
    }
    /// Ended with this value; none for `void`.
    template <class... Value>
    static Outcome success(Value&&... value) {
        return Outcome{std::in_place, std::forward<Value>(value)...};
    }

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 1; }
    explicit operator bool() const noexcept { return has_value(); }

    /// The value; rethrows the exception if there is none. A `const Outcome` gives it const.
    std::add_lvalue_reference_t<T> value() & {
        check_value();
        return reference(std::get<1>(state_));
    }
    std::add_lvalue_reference_t<std::add_const_t<T>> value() const& {
        check_value();
        return reference(std::get<1>(state_));
    }
    T value() && {
        check_value();
        if constexpr (std::is_reference_v<T>) {
            return std::get<1>(state_).get();
        } else if constexpr (!std::is_void_v<T>) {
            return std::get<1>(std::move(state_));
        }
    }
    decltype(auto) operator*() & { return value(); }
    decltype(auto) operator*() const& { return value(); }
    decltype(auto) operator*() && { return std::move(*this).value(); }
    auto* operator->()
        requires(!std::is_void_v<T>)
    {
        return std::addressof(value());
    }
    const auto* operator->() const
        requires(!std::is_void_v<T>)
    {
        return std::addressof(value());
    }

    /// The exception; null if there is a value.
    [[nodiscard]] std::exception_ptr error() const noexcept {
        return has_value() ? nullptr : std::get<0>(state_);
    }

    /// Whether it ended with `Cancelled`.
    [[nodiscard]] bool cancelled() const noexcept {
        return !has_value() && detail::is_cancelled(std::get<0>(state_));
    }

private:
    using Kept = detail::Storable<T>;

    explicit Outcome(std::exception_ptr error) noexcept
        : state_{std::in_place_index<0>, std::move(error)} {}
    template <class... Value>
    explicit Outcome(std::in_place_t, Value&&... value)
        : state_{std::in_place_index<1>, std::forward<Value>(value)...} {}

    void check_value() const {
        if (!has_value()) [[unlikely]] {
            std::rethrow_exception(std::get<0>(state_));
        }
    }

    template <class Stored>
    static decltype(auto) reference(Stored& stored) noexcept {
        if constexpr (std::is_void_v<T>) {
            return;
        } else if constexpr (std::is_reference_v<T>) {
            return stored.get();
        } else {
            return (stored);
        }
    }

    std::variant<std::exception_ptr, Kept> state_;
};

}  // namespace juggle
