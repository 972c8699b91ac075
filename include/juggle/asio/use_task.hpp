#pragma once

#include <juggle/asio/detail/net.hpp>
#include <juggle/asio/detail/operation.hpp>

#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR {

namespace detail {

[[noreturn]] inline void throw_it(const error_code& error) { throw system_error{error}; }
[[noreturn]] inline void throw_it(const std::exception_ptr& error) {
    std::rethrow_exception(error);
}

struct ValueForm {
    /// Nothing, the one thing, or a tuple of what is there besides an error; that is thrown.
    template <class... Results>
    [[nodiscard]] static auto give(std::tuple<Results...>&& results) {
        return std::apply([](auto&... result) { return without_error(std::move(result)...); },
                          results);
    }

    template <class First, class... Rest>
    [[nodiscard]] static bool has_nothing(const std::tuple<First, Rest...>& results) noexcept {
        return says_cancelled(std::get<0>(results));
    }
    [[nodiscard]] static bool has_nothing(const std::tuple<>&) noexcept { return false; }

private:
    template <class First, class... Rest>
    static auto without_error(First&& first, Rest&&... rest) {
        if constexpr (std::is_same_v<First, error_code> ||
                      std::is_same_v<First, std::exception_ptr>) {
            if (first) {
                throw_it(first);
            }
            return values(std::forward<Rest>(rest)...);
        } else {
            return values(std::forward<First>(first), std::forward<Rest>(rest)...);
        }
    }
    static void without_error() noexcept {}

    static void values() noexcept {}
    template <class Value>
    static Value values(Value&& value) {
        return std::forward<Value>(value);
    }
    template <class First, class Second, class... Rest>
    static std::tuple<First, Second, Rest...> values(First&& first, Second&& second,
                                                     Rest&&... rest) {
        return {std::forward<First>(first), std::forward<Second>(second),
                std::forward<Rest>(rest)...};
    }
};

}  // namespace detail

/// Asio's completion token for tasks: `co_await socket.async_receive(buffer, use_task)`.
///
/// The initiating function only notes what is to be done; the operation begins when that is
/// awaited, by a task of any executor. What is awaited may be kept until then, and moved: pass it
/// to `timeout` or `when_any`. The await gives what the handler is called with besides an error (a
/// tuple if it is more than one value), and throws an error as Asio's `system_error`, or the
/// exception if the handler is called with one. The task resumes on its own executor, at one of the
/// next ticks: whichever thread runs the operation's context, an executor that sleeps in a `Loop`
/// around it at no more cost than a handler. No operation allocates memory, unless Asio needs more
/// than 256 bytes for it at once.
///
/// A stop request cancels the operation, by its cancellation slot; the await ends when the handler
/// has run, not before, so buffers may be variables of the task. `Cancelled` is thrown if the
/// operation says that it was cancelled; whatever else it ends with counts, and the stop request is
/// for the next await. So what was read in the same moment is given. In a race (`when_any`,
/// `timeout`) it is given to the part that reads: let that put it where it belongs, or let
/// `async_wait` take part in the race and read afterwards.
///
/// If the operation is destroyed before it has ended, as an `io_context` does that is destroyed,
/// the await throws `system_error` with `operation_aborted` and a text that says so.
///
/// In the manner of Asio's `use_awaitable`.
struct UseTask {
    /// Makes it the token that is used where none is given.
    template <class InnerExecutor>
    struct executor_with_default : InnerExecutor {
        using default_completion_token_type = UseTask;
        executor_with_default(const InnerExecutor& executor) noexcept : InnerExecutor{executor} {}
        template <class Other>
            requires(!std::is_same_v<Other, executor_with_default> &&
                     std::is_convertible_v<Other, InnerExecutor>)
        executor_with_default(const Other& other) noexcept : InnerExecutor{other} {}
    };

    /// The type of a socket, a timer and so on whose operations need no token.
    template <class IoObject>
    using as_default_on_t = typename IoObject::template rebind_executor<
        executor_with_default<typename IoObject::executor_type>>::other;

    /// Such an object, made of another one.
    template <class IoObject>
    [[nodiscard]] static as_default_on_t<std::decay_t<IoObject>> as_default_on(IoObject&& object) {
        return as_default_on_t<std::decay_t<IoObject>>(std::forward<IoObject>(object));
    }
};
inline constexpr UseTask use_task{};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR

/// What initiating functions return for `juggle::asio::use_task`.
template <class Return, class... Results>
class juggle::asio::net::async_result<juggle::asio::UseTask, Return(Results...)>
    : public juggle::asio::detail::ResultOf<juggle::asio::detail::ValueForm, Results...> {};
