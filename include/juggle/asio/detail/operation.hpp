#pragma once

#include <juggle/asio/detail/cancellation_slot.hpp>
#include <juggle/asio/detail/handler_memory.hpp>
#include <juggle/asio/detail/net.hpp>
#include <juggle/asio/detail/operation_name.hpp>
#include <juggle/asio/loop.hpp>
#include <juggle/bridge/waiter.hpp>
#include <juggle/executor.hpp>
#include <juggle/post_node.hpp>
#include <juggle/poster.hpp>

#include <atomic>
#include <exception>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR::detail {

/// An await of an operation: ends when the handler has run, or was destroyed.
///
/// The operation, its handler and the way home live in the awaiter, so none of that is allocated.
class OperationWait : public bridge::Waiter {
public:
    [[nodiscard]] HandlerMemory& memory() noexcept { return memory_; }
    [[nodiscard]] CancellationState& cancellation() noexcept { return cancellation_; }

    /// Called last by the handler, on whatever thread that runs, or by its destructor.
    void handler_gone() noexcept {
        ended_.store(true, std::memory_order_relaxed);
        if (Executor::current() == &executor()) {
            part_ended();
        } else {
            executor().post(home_);
        }
    }

    void set_failure(std::exception_ptr failure) noexcept { failure_ = std::move(failure); }

protected:
    OperationWait() noexcept : home_{*this} {}
    ~OperationWait() = default;

    /// Something is to come: this executor's loop knows it, if the operation is of its context.
    template <class IoExecutor>
    [[nodiscard]] bool begins_here(const IoExecutor& io_executor) noexcept {
        Loop* const loop = Loop::of(executor());
        const net::execution_context& context = net::query(io_executor, net::execution::context);
        if (loop == nullptr || &context != &loop->context()) {
            return false;
        }
        loop_ = loop;
        ++loop_->operations_;
        return true;
    }
    void begins_elsewhere() noexcept { poster_ = executor().poster(); }

    /// For `cancel`, where the thread that runs the operation's context is this one.
    void cancel_here() noexcept {
        if (!ended_.load(std::memory_order_relaxed)) {
            cancellation_.cancel(every_type);
        }
    }

    /// The same where it is another one.
    template <class IoExecutor>
    void cancel_there(const IoExecutor& io_executor) noexcept {
        ++parts_;
        try {
            net::dispatch(io_executor, Request{*this});
        } catch (...) {  // NOLINT(bugprone-empty-catch)
            // There is no memory to ask it to end early, or nobody to do it: it ends by itself.
        }
    }

    [[nodiscard]] bool is_here() const noexcept { return loop_ != nullptr; }

    void set_stopped() noexcept { stopped_ = true; }

    [[nodiscard]] const std::exception_ptr& failure() const noexcept { return failure_; }

    /// Whether what the handler was called with says that the operation was cancelled, and gives
    /// nothing besides.
    [[nodiscard]] virtual bool has_nothing() const noexcept = 0;

private:
    /// What each operation can of it: to stop without a trace, with a part, or for good.
    static constexpr net::cancellation_type every_type = net::cancellation_type::total |
                                                         net::cancellation_type::partial |
                                                         net::cancellation_type::terminal;

    /// Comes home to the executor when a part of the operation has ended elsewhere.
    class Home final : public PostNode {
    public:
        explicit Home(OperationWait& wait) noexcept : PostNode{&Home::arrived}, wait_{wait} {}

    private:
        static void arrived(PostNode& node) noexcept {
            static_cast<Home&>(node).wait_.part_ended();
        }
        OperationWait& wait_;
    };

    /// Carries a stop request to the thread that runs the operation.
    class Request {
    public:
        explicit Request(OperationWait& wait) noexcept : wait_{&wait} {}
        Request(Request&& other) noexcept : wait_{std::exchange(other.wait_, nullptr)} {}
        Request(const Request&) = delete;
        Request& operator=(const Request&) = delete;
        ~Request() {
            if (wait_ != nullptr) {
                wait_->request_gone();
            }
        }
        void operator()() { wait_->cancel_here(); }

    private:
        OperationWait* wait_;
    };

    void request_gone() noexcept {
        if (Executor::current() == &executor()) {
            part_ended();
        } else {
            executor().post(request_home_);
        }
    }

    void part_ended() noexcept {
        if (--parts_ != 0) {
            return;
        }
        if (loop_ != nullptr) {
            --loop_->operations_;
        } else {
            poster_ = Poster{};
        }
        if (stopped_ && has_nothing()) {
            give_up();
        } else {
            (void)try_commit();
            complete();
        }
    }

    HandlerMemory memory_;
    CancellationState cancellation_;
    Home home_;
    Home request_home_{*this};
    Loop* loop_ = nullptr;
    Poster poster_;
    std::exception_ptr failure_;
    int parts_ = 1;  // that are elsewhere: the handler, and a stop request on its way
    bool stopped_ = false;
    std::atomic<bool> ended_{false};  // the handler has been called, or destroyed
};

/// The same with room for what the handler is called with.
template <class... Results>
class OperationWaitOf : public OperationWait {
public:
    template <class... Arguments>
    void arrived(Arguments&&... arguments) noexcept {
        try {
            results_.emplace(std::forward<Arguments>(arguments)...);
        } catch (...) {
            set_failure(std::current_exception());
        }
    }

protected:
    ~OperationWaitOf() = default;
    std::optional<std::tuple<Results...>> results_;
};

/// The handler. Whatever holds it owns the end of the wait.
template <class... Results>
class Handler {
public:
    using allocator_type = HandlerAllocator<void>;
    using cancellation_slot_type = CancellationSlot;

    explicit Handler(OperationWaitOf<Results...>& wait) noexcept : wait_{&wait} {}
    Handler(Handler&& other) noexcept : wait_{std::exchange(other.wait_, nullptr)} {}
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    ~Handler() {
        if (wait_ != nullptr) {
            wait_->handler_gone();
        }
    }

    template <class... Arguments>
    void operator()(Arguments&&... arguments) noexcept {
        OperationWaitOf<Results...>* const wait = std::exchange(wait_, nullptr);
        wait->arrived(std::forward<Arguments>(arguments)...);
        wait->handler_gone();
    }

    [[nodiscard]] allocator_type get_allocator() const noexcept {
        return allocator_type{wait_->memory()};
    }
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
        return CancellationSlot{wait_->cancellation()};
    }

private:
    OperationWaitOf<Results...>* wait_;
};

[[nodiscard]] inline bool says_cancelled(const error_code& error) noexcept {
    return error == net::error::operation_aborted ||
           error == net::experimental::error::channel_cancelled;
}

[[nodiscard]] inline bool says_cancelled(const std::exception_ptr& error) noexcept {
    if (!error) {
        return false;
    }
    try {
        std::rethrow_exception(error);
    } catch (const system_error& caught) {
        return says_cancelled(caught.code());
    } catch (...) {
        return false;
    }
}

template <class T>
[[nodiscard]] bool says_cancelled(const T&) noexcept {
    return false;
}

template <class Initiation>
concept KnowsItsExecutor = requires(const Initiation& initiation) { initiation.get_executor(); };

template <class Initiation>
struct ExecutorOf {
    using type = std::monostate;
};
template <KnowsItsExecutor Initiation>
struct ExecutorOf<Initiation> {
    using type = std::decay_t<decltype(std::declval<const Initiation&>().get_executor())>;
};

/// `Form` says what an await gives of what the handler was called with.
template <class Form, class Initiation, class Arguments, class... Results>
class OperationAwaiter final : public OperationWaitOf<Results...> {
public:
    OperationAwaiter(Initiation&& initiation, Arguments&& arguments)
        : initiation_{std::move(initiation)}, arguments_{std::move(arguments)} {}

    decltype(auto) await_resume() {
        this->throw_if_stopped();
        if (this->failure()) [[unlikely]] {
            std::rethrow_exception(this->failure());
        }
        if (!this->results_) [[unlikely]] {
            throw system_error{net::error::operation_aborted,
                               "juggle: " + name() +
                                   " was destroyed before it had ended, as when its io_context is"};
        }
        return Form::give(*std::move(this->results_));
    }

private:
    static constexpr bool knows_executor = KnowsItsExecutor<Initiation>;

    [[nodiscard]] static std::string name() { return operation_name(type_name<Initiation>()); }

    void start() override {
        if constexpr (knows_executor) {
            const auto& io_executor = initiation_.get_executor();
            if (!this->begins_here(io_executor)) {
                this->begins_elsewhere();
                io_executor_.emplace(io_executor);
            }
        } else {
            this->begins_elsewhere();
        }
// Boost.Beast's initiations convert what they are given.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#endif
        std::apply(
            [this](auto&... arguments) {
                std::move(initiation_)(Handler<Results...>{*this}, std::move(arguments)...);
            },
            arguments_);
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
    }

    void cancel() noexcept override {
        this->set_stopped();
        if constexpr (knows_executor) {
            if (!this->is_here()) {
                // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it began elsewhere
                this->cancel_there(*io_executor_);
                return;
            }
        }
        this->cancel_here();
    }

    [[nodiscard]] bool has_nothing() const noexcept override {
        return !this->results_ ? !this->failure() : Form::has_nothing(*this->results_);
    }

    [[nodiscard]] std::string describe() const override {
        return knows_executor && !this->is_here()
                   ? name() + ", of a context in which its executor does not sleep"
                   : name();
    }

    Initiation initiation_;
    Arguments arguments_;
    [[no_unique_address]] std::optional<typename ExecutorOf<Initiation>::type> io_executor_;
};

/// What an initiating function returns for `use_task` and `as_result`: it begins when it is
/// awaited.
template <class Form, class Initiation, class Arguments, class... Results>
class [[nodiscard]] Operation {
public:
    template <class... Given>
    explicit Operation(Initiation initiation, Given&&... arguments)
        : initiation_{std::move(initiation)}, arguments_{std::forward<Given>(arguments)...} {}

    [[nodiscard]] auto operator co_await() && {
        return OperationAwaiter<Form, Initiation, Arguments, Results...>{std::move(initiation_),
                                                                         std::move(arguments_)};
    }

private:
    Initiation initiation_;
    Arguments arguments_;
};

/// Base of `async_result` for a completion token whose awaits are of that form.
template <class Form, class... Results>
struct ResultOf {
    template <class Initiation, class Token, class... Arguments>
    static auto initiate(Initiation&& initiation, Token&&, Arguments&&... arguments) {
        return Operation<Form, std::decay_t<Initiation>, std::tuple<std::decay_t<Arguments>...>,
                         std::decay_t<Results>...>{std::forward<Initiation>(initiation),
                                                   std::forward<Arguments>(arguments)...};
    }
};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail
