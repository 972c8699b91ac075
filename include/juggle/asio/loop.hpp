#pragma once

#include <juggle/asio/detail/handler_memory.hpp>
#include <juggle/asio/detail/net.hpp>
#include <juggle/bridge/idle_source.hpp>
#include <juggle/bridge/report.hpp>
#include <juggle/clock.hpp>
#include <juggle/executor.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR {

namespace detail {
class OperationWait;
}  // namespace detail

/// Lets an executor sleep in an `io_context`, so that one thread waits for sockets, device events,
/// posts and timers alike:
///
/// ```
/// asio::io_context context;
/// juggle::asio::Loop loop{context};
/// juggle::ExecutorOptions options;
/// options.idle = &loop;
/// juggle::Executor executor{options};
/// executor.run(serve(context));
/// ```
///
/// `Executor::run` runs the context's handlers then, and nobody else is to run it, stop it or poll
/// it; `stop` has no effect. What is not a task may use it all the same: callbacks and Asio's own
/// coroutines run between tasks, on the executor's thread. What a handler throws is told by
/// `ExecutorOptions::on_diagnostic`, and the loop goes on. A context that has nothing to do is
/// nothing to wait for: see `Deadlock`.
///
/// The context must outlive it, and it the executor. The context's concurrency hint may be 1, but
/// not "unsafe", for other threads wake it.
class Loop final : public bridge::IdleSource {
public:
    explicit Loop(net::io_context& context)
        : context_{context}, work_{net::make_work_guard(context)}, timer_{context} {}

    ~Loop() override {
        timer_.cancel();
        while (timers_queued_ != 0 || wake_is_queued_.load(std::memory_order_acquire)) {
            look();  // they refer to this
        }
    }

    [[nodiscard]] net::io_context& context() const noexcept { return context_; }

    /// The one that an executor sleeps in; null if it sleeps elsewhere.
    [[nodiscard]] static Loop* of(const Executor& executor) noexcept {
        bridge::IdleSource* const source = executor.idle_source();
        return source != nullptr && source->kind() == &own_kind ? static_cast<Loop*>(source)
                                                                : nullptr;
    }

    /// For the executor.
    void sleep(std::optional<TimePoint> until) noexcept override {
        if (!until) {
            // What has run may have made something ready, or left nothing to wait for.
            if (std::exchange(ran_unasked_, false) || disarm() != 0) {
                return;
            }
        } else if (*until <= std::chrono::steady_clock::now()) {
            look();
            return;
        } else if (!arm(*until)) {
            look();  // and never sleeps for good: it is asked again
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
            return;
        }
        if (run(&net::io_context::run_one) == 0) {
            context_.restart();  // `stop` was called
        }
    }

    /// For the executor.
    void wake() noexcept override {
        if (!wake_is_queued_.exchange(true, std::memory_order_acq_rel)) {
            net::post(context_, Woken{*this});
        }
    }

    /// For the executor.
    [[nodiscard]] bool may_bring_work() const noexcept override {
        return operations_ != 0 || const_cast<Loop*>(this)->has_other_work();
    }

    /// For `of`.
    [[nodiscard]] const void* kind() const noexcept override { return &own_kind; }

private:
    friend detail::OperationWait;
    static constexpr char own_kind = 0;

    /// A handler that lives in the loop.
    class Kept {
    public:
        using allocator_type = detail::HandlerAllocator<void>;
        [[nodiscard]] allocator_type get_allocator() const noexcept {
            return allocator_type{*memory_};
        }

    protected:
        Kept(Loop& loop, detail::HandlerMemory& memory) noexcept : loop_{&loop}, memory_{&memory} {}
        [[nodiscard]] Loop& loop() const noexcept { return *loop_; }

    private:
        Loop* loop_;
        detail::HandlerMemory* memory_;
    };

    class Woken : public Kept {
    public:
        explicit Woken(Loop& loop) noexcept : Kept{loop, loop.wake_memory_} {}
        void operator()() const noexcept {
            loop().wake_is_queued_.store(false, std::memory_order_release);
        }
    };

    class Due : public Kept {
    public:
        explicit Due(Loop& loop) noexcept
            : Kept{loop, loop.timer_memory_.at(loop.timers_set_ % 2)}, number_{loop.timers_set_} {}
        void operator()(const error_code&) const noexcept {
            --loop().timers_queued_;
            if (number_ == loop().timers_set_) {
                loop().timer_at_.reset();
            }
        }

    private:
        std::size_t number_;
    };

    /// False if that is not possible, for want of memory.
    [[nodiscard]] bool arm(TimePoint until) noexcept {
        if (timer_at_ && *timer_at_ <= until) {
            return true;  // to be woken too early costs little
        }
        timer_at_.reset();  // that one is cancelled
        try {
            timer_.expires_at(until);
            ++timers_set_;
            timer_.async_wait(Due{*this});
            ++timers_queued_;
            timer_at_ = until;
            told_of_no_timer_ = false;
        } catch (const std::exception& error) {
            if (!std::exchange(told_of_no_timer_, true)) {
                report("cannot set a timer of the io_context", error);
            }
        }
        return timer_at_.has_value();
    }

    /// Runs what is ready, as the handler of the timer is then. How much that was.
    std::size_t disarm() noexcept {
        if (!timer_at_) {
            return 0;
        }
        timer_.cancel();
        return look();
    }

    /// Runs what is ready. How much that was.
    std::size_t look() noexcept {
        std::size_t ran = run(&net::io_context::poll);
        if (ran == 0 && context_.stopped()) {
            context_.restart();  // `stop` was called, or it had no work
            ran = run(&net::io_context::poll);
        }
        return ran;
    }

    /// Whether a handler may come that is no task's: only the context knows, and only by being run.
    [[nodiscard]] bool has_other_work() noexcept {
        work_.reset();
        ran_unasked_ = disarm() + look() != 0;
        const bool has_work = ran_unasked_ || !context_.stopped();
        context_.restart();
        work_.emplace(net::make_work_guard(context_));
        return has_work;
    }

    /// How many handlers have run, or failed.
    std::size_t run(std::size_t (net::io_context::*function)()) noexcept {
        try {
            return (context_.*function)();
        } catch (const std::exception& error) {
            report("a handler of the io_context has thrown", error);
        } catch (...) {
            bridge::report("juggle::asio::Loop: a handler of the io_context has thrown");
        }
        return 1;
    }

    static void report(const char* what, const std::exception& error) noexcept {
        try {
            bridge::report(std::string{"juggle::asio::Loop: "} + what + ": " + error.what());
        } catch (const std::bad_alloc&) {
            bridge::report(what);
        }
    }

    net::io_context& context_;
    std::size_t operations_ = 0;  // of the context that the executor's tasks wait for
    // So that to run it is to sleep, also where it has nothing else to do.
    std::optional<net::executor_work_guard<net::io_context::executor_type>> work_;
    bool ran_unasked_ = false;
    net::steady_timer timer_;
    std::optional<TimePoint> timer_at_;
    bool told_of_no_timer_ = false;
    std::size_t timers_set_ = 0;
    int timers_queued_ = 0;  // also those that were cancelled and whose handler has not run
    std::array<detail::HandlerMemory, 2> timer_memory_;
    std::atomic<bool> wake_is_queued_{false};
    detail::HandlerMemory wake_memory_;
};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR
