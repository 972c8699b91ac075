#pragma once

#include <juggle/detail/base/export.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace juggle::inline JUGGLE_ABI::detail {

/// What stands for a `T` in a `std::variant` or a `std::vector`, which can hold neither references
/// nor nothing.
template <class T>
struct StorableType {
    using type = T;
};
template <class T>
struct StorableType<T&> {
    using type = std::reference_wrapper<T>;
};
template <>
struct StorableType<void> {
    using type = std::monostate;
};
template <class T>
using Storable = typename StorableType<T>::type;

/// How a computation ended, as far as that does not depend on its type.
class JUGGLE_EXPORT ResultBase {
public:
    ResultBase() noexcept {}
    ResultBase(const ResultBase&) = delete;
    ResultBase& operator=(const ResultBase&) = delete;

    void set_error(std::exception_ptr error) noexcept {
        if (has_error()) {
            error_ = std::move(error);
            return;
        }
        std::construct_at(&error_, std::move(error));
        kind_ = Kind::error;
    }
    [[nodiscard]] bool has_error() const noexcept { return kind_ == Kind::error; }
    /// Null if there is none.
    [[nodiscard]] std::exception_ptr error() const noexcept {
        return has_error() ? error_ : nullptr;
    }
    /// Of a computation that gives nothing: that it has ended well.
    [[nodiscard]] bool has_value() const noexcept { return kind_ == Kind::value; }

protected:
    enum class Kind : std::uint8_t { nothing, value, error };

    ~ResultBase() {
        if (has_error()) [[unlikely]] {
            std::destroy_at(&error_);
        }
    }

    void rethrow_error() {
        if (has_error()) [[unlikely]] {
            std::exception_ptr error = std::move(error_);
            std::destroy_at(&error_);
            kind_ = Kind::nothing;
            std::rethrow_exception(std::move(error));
        }
    }
    /// There is no value: rethrows what is there instead; `std::logic_error` if that is nothing.
    [[noreturn]] void throw_instead_of_value();

    Kind kind_ = Kind::nothing;

private:
    union {
        std::exception_ptr error_;
    };
};

/// The value of a computation, or the exception that ended it, or nothing yet. Never both.
template <class T>
class Result : public ResultBase {
public:
    Result() noexcept {}
    ~Result() {
        if constexpr (!std::is_trivially_destructible_v<T>) {
            drop_value();
        }
    }

    template <class U>
    void set_value(U&& value) {
        std::construct_at(std::addressof(value_), std::forward<U>(value));
        kind_ = Kind::value;
    }

    /// What computed it has failed after all.
    void drop_value() noexcept {
        if (has_value()) {
            kind_ = Kind::nothing;
            std::destroy_at(std::addressof(value_));
        }
    }

    /// Moves the value out, or rethrows.
    [[nodiscard]] T take() {
        if (!has_value()) [[unlikely]] {
            throw_instead_of_value();
        }
        return take_value();
    }
    /// For who knows that there is one.
    [[nodiscard]] T take_value() { return std::move(value_); }

private:
    union {
        T value_;
    };
};

template <class T>
class Result<T&> : public ResultBase {
public:
    void set_value(T& value) noexcept {
        value_ = std::addressof(value);
        kind_ = Kind::value;
    }

    void drop_value() noexcept { kind_ = Kind::nothing; }
    [[nodiscard]] T& take() {
        if (!has_value()) [[unlikely]] {
            throw_instead_of_value();
        }
        return take_value();
    }
    [[nodiscard]] T& take_value() noexcept { return *value_; }

private:
    T* value_ = nullptr;
};

template <>
class Result<void> : public ResultBase {
public:
    void set_value() noexcept { kind_ = Kind::value; }

    void drop_value() noexcept { kind_ = Kind::nothing; }
    void take() { rethrow_error(); }
    void take_value() noexcept {}
};

/// Takes what is there, in its storable form, or rethrows.
template <class T>
Storable<T> take_storable(Result<T>& result) {
    if constexpr (std::is_void_v<T>) {
        result.take();
        return {};
    } else {
        return Storable<T>(result.take());
    }
}

/// Stores what `function` returns or throws.
template <class T, class Function>
void set_from_call(Result<T>& result, Function&& function) noexcept {
    try {
        if constexpr (std::is_void_v<T>) {
            std::forward<Function>(function)();
        } else {
            result.set_value(std::forward<Function>(function)());
        }
    } catch (...) {
        result.set_error(std::current_exception());
    }
}

}  // namespace juggle::detail
