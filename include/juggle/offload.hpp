#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/report.hpp>
#include <juggle/detail/base/result.hpp>
#include <juggle/detail/base/stop_token.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/executor.hpp>
#include <juggle/thread_pool.hpp>

#include <chrono>
#include <concepts>
#include <coroutine>
#include <functional>
#include <optional>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

namespace detail {

/// What a function to be offloaded returns; it may take a stop token.
template <class Function>
struct OffloadResult : std::invoke_result<Function&> {};
template <class Function>
    requires std::invocable<Function&, StopToken>
struct OffloadResult<Function> : std::invoke_result<Function&, StopToken> {};

JUGGLE_EXPORT void describe_offload(WaitReport& report);

/// When a function ran on a thread of a pool, for a timeline if there is one.
class JUGGLE_EXPORT OffloadTimes {
public:
    bool recorded = false;

    void start() noexcept {
        if (recorded) [[unlikely]] {
            begin_ = std::chrono::steady_clock::now();
        }
    }
    void stop() noexcept {
        if (recorded) [[unlikely]] {
            end_ = std::chrono::steady_clock::now();
            thread_ = std::this_thread::get_id();
        }
    }
    /// Back on the executor's thread.
    void record(const SpawnedTask& task) const noexcept;

    [[nodiscard]] TimePoint begin() const noexcept { return begin_; }
    [[nodiscard]] TimePoint end() const noexcept { return end_; }
    [[nodiscard]] std::thread::id thread() const noexcept { return thread_; }

private:
    TimePoint begin_;
    TimePoint end_;
    std::thread::id thread_;
};

/// A function and its arguments, to be called once.
template <class Function, class... Arguments>
class BoundCall {
public:
    template <class Callable, class... Values>
    explicit BoundCall(std::in_place_t, Callable&& function, Values&&... arguments)
        : function_(std::forward<Callable>(function)),
          arguments_(std::forward<Values>(arguments)...) {}

    decltype(auto) operator()()
        requires std::invocable<Function, Arguments...>
    {
        return call();
    }
    decltype(auto) operator()(StopToken token)
        requires std::invocable<Function, StopToken, Arguments...>
    {
        return call(std::move(token));
    }

private:
    template <class... First>
    decltype(auto) call(First&&... first) {
        return std::apply(
            [&](Arguments&... arguments) -> decltype(auto) {
                return std::invoke(std::move(function_), std::forward<First>(first)...,
                                   std::move(arguments)...);
            },
            arguments_);
    }

    Function function_;
    std::tuple<Arguments...> arguments_;
};

template <class Function, class... Arguments>
concept CallableWith =
    std::invocable<Function, Arguments...> || std::invocable<Function, StopToken, Arguments...>;

template <class Function>
class OffloadAwaiter final : public Waiter, public PoolWork, public PostNode {
public:
    using Value = typename OffloadResult<Function>::type;

    OffloadAwaiter(ThreadPool* pool, Function function)
        : PoolWork{&OffloadAwaiter::execute_here}, PostNode{&OffloadAwaiter::come_home},
          pool_{pool}, function_{std::move(function)} {
        if constexpr (takes_stop_token) {
            stop_source_.emplace();
        }
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        Loop& home = coroutine.promise().loop();
        if (pool_ == nullptr) {
            pool_ = &home.executor().thread_pool();
        }
        if (!suspend(coroutine.promise())) {
            return false;
        }
        inbox_ = &home.inbox();
        times_.recorded = current_observer != nullptr;
        try {
            pool_->submit(*this);
        } catch (...) {
            coroutine.promise().task().waits_no_more();
            throw;
        }
        home.begin_external_use();
        return true;
    }

    Value await_resume() {
        if (cancelled()) {
            if (!result_.has_error()) {
                throw Cancelled{};
            }
            if (!is_cancelled(result_.error())) {  // it may have failed for another reason
                coroutine().task().put_stop_back();
            }
        }
        return result_.take();
    }

    [[nodiscard]] bool outside() const noexcept override { return true; }
    void tell(WaitReport& report) const override { describe_offload(report); }

private:
    static constexpr bool takes_stop_token = std::invocable<Function&, StopToken>;

    // On a thread of the pool.
    static void execute_here(PoolWork& work) noexcept {
        auto& self = static_cast<OffloadAwaiter&>(work);
        self.times_.start();
        set_from_call(self.result_, [&self]() -> Value {
            if constexpr (takes_stop_token) {
                return std::invoke(self.function_, self.stop_source_->get_token());
            } else {
                return std::invoke(self.function_);
            }
        });
        self.times_.stop();
        self.inbox_->post(self);
    }

    // On the executor's thread.
    static void come_home(PostNode& node) noexcept {
        auto& self = static_cast<OffloadAwaiter&>(node);
        self.loop().end_external_use();
        self.times_.record(self.coroutine().task());
        self.wake();
    }

    /// Withdraws the work, or asks it to stop.
    void on_cancel() noexcept override {
        if (pool_->withdraw(*this)) {
            loop().end_external_use();
            wake();
        } else if constexpr (takes_stop_token) {
            stop_source_->request_stop();
        }
    }

    ThreadPool* pool_;
    Inbox* inbox_ = nullptr;
    Function function_;
    Result<Value> result_;
    std::optional<StopSource> stop_source_ = std::nullopt;
    OffloadTimes times_;
};

}  // namespace detail

/// `co_await offload(f)` calls `f()` on another thread and gives what it returns, or rethrows what
/// it throws, on the task's own executor: for what blocks (reading files) or takes long (encoding
/// pictures). Everything that `f` refers to must stay untouched meanwhile.
///
/// A stop request takes `f` back if it has not started yet. Otherwise the await still lasts until
/// it has returned, since `f` may refer to the coroutine's variables, and `Cancelled` is thrown
/// then, or, if `f` threw something else, by the next await; a function that takes a
/// `std::stop_token` is told through it. The thread comes from the executor's own pool. Allocates
/// nothing once the pool's threads run, but for the state behind a stop token.
///
/// A lambda that stands in the `co_await` itself captures by reference, or is given what it needs
/// as arguments (below): GCC 12 destroys what it captures by value twice (docs/compilers.md).
///
/// Not for small work: the two hand-overs cost some ten microseconds.
template <class Function>
[[nodiscard]] detail::OffloadAwaiter<std::decay_t<Function>> offload(Function&& function) {
    return detail::OffloadAwaiter<std::decay_t<Function>>{nullptr,
                                                          std::forward<Function>(function)};
}

/// The same on a pool of the caller's, which must outlive the await.
template <class Function>
[[nodiscard]] detail::OffloadAwaiter<std::decay_t<Function>> offload(ThreadPool& pool,
                                                                     Function&& function) {
    return detail::OffloadAwaiter<std::decay_t<Function>>{&pool, std::forward<Function>(function)};
}

/// `co_await offload(f, arguments...)` calls `f(arguments...)`, with the arguments copied or moved
/// into the await and from there into the call, as `std::jthread` does it: a stop token, if `f`
/// takes one, comes first, and `std::ref` passes a reference.
template <class Function, class... Arguments>
    requires(sizeof...(Arguments) != 0 &&
             detail::CallableWith<std::decay_t<Function>, std::decay_t<Arguments>...>)
[[nodiscard]] auto offload(Function&& function, Arguments&&... arguments) {
    using Call = detail::BoundCall<std::decay_t<Function>, std::decay_t<Arguments>...>;
    return detail::OffloadAwaiter<Call>{nullptr,
                                        Call{std::in_place, std::forward<Function>(function),
                                             std::forward<Arguments>(arguments)...}};
}
template <class Function, class... Arguments>
    requires(sizeof...(Arguments) != 0 &&
             detail::CallableWith<std::decay_t<Function>, std::decay_t<Arguments>...>)
[[nodiscard]] auto offload(ThreadPool& pool, Function&& function, Arguments&&... arguments) {
    using Call = detail::BoundCall<std::decay_t<Function>, std::decay_t<Arguments>...>;
    return detail::OffloadAwaiter<Call>{&pool, Call{std::in_place, std::forward<Function>(function),
                                                    std::forward<Arguments>(arguments)...}};
}

}  // namespace juggle
