#pragma once

#include <juggle/detail/base/export.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace juggle::detail {

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
    ResultBase() = default;
    ResultBase(const ResultBase&) = delete;
    ResultBase& operator=(const ResultBase&) = delete;

    void set_error(std::exception_ptr error) noexcept { error_ = std::move(error); }
    [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }

protected:
    ~ResultBase() = default;

    void rethrow_error() {
        if (error_) [[unlikely]] {
            std::rethrow_exception(std::exchange(error_, nullptr));
        }
    }
    /// There is no value: rethrows what is there instead; `std::logic_error` if that is nothing.
    [[noreturn]] void throw_instead_of_value();

private:
    std::exception_ptr error_;
};

/// The value of a computation, or the exception that ended it, or nothing yet. Never both.
template <class T>
class Result : public ResultBase {
public:
    Result() noexcept {}
    ~Result() { drop_value(); }

    template <class U>
    void set_value(U&& value) {
        std::construct_at(std::addressof(value_), std::forward<U>(value));
        has_value_ = true;
    }
    [[nodiscard]] bool has_value() const noexcept { return has_value_; }

    /// What computed it has failed after all.
    void drop_value() noexcept {
        if (std::exchange(has_value_, false)) {
            std::destroy_at(std::addressof(value_));
        }
    }

    /// Moves the value out, or rethrows.
    [[nodiscard]] T take() {
        if (!has_value_) [[unlikely]] {
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
    bool has_value_ = false;
};

template <class T>
class Result<T&> : public ResultBase {
public:
    void set_value(T& value) noexcept { value_ = std::addressof(value); }
    [[nodiscard]] bool has_value() const noexcept { return value_ != nullptr; }

    void drop_value() noexcept { value_ = nullptr; }
    [[nodiscard]] T& take() {
        if (value_ == nullptr) [[unlikely]] {
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
    [[nodiscard]] bool has_value() const noexcept { return !error(); }
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
