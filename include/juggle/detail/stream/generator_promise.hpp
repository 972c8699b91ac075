#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/result.hpp>
#include <juggle/detail/run/await_transform.hpp>
#include <juggle/detail/run/promise_base.hpp>
#include <juggle/detail/run/task_promise.hpp>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI {
template <class T>
class ElementsOf;
}

namespace juggle::inline JUGGLE_ABI::detail {

class NextAwaiterBase;

/// What `next()` gives: an element or nothing.
template <class T>
using GeneratorItem = std::conditional_t<std::is_lvalue_reference_v<T>, std::remove_reference_t<T>*,
                                         std::optional<T>>;

[[noreturn]] JUGGLE_EXPORT void throw_empty_generator(const char* where);
[[noreturn]] JUGGLE_EXPORT void throw_pending_generator(const char* where);

/// Suspends a generator for the last time and lets go on what waits for it.
class GeneratorEnd {
public:
    bool await_ready() const noexcept { return false; }
    template <LibraryPromise Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) const noexcept {
        coroutine.promise().end();
    }
    void await_resume() const noexcept {}
};

/// What the promises of all `Generator<T>` have in common.
///
/// Generators that yield each other's elements form a chain: from the root, which the consumer
/// holds, to the innermost, which is the only one that runs. The root knows the innermost and each
/// knows the root, so an element costs the same in a chain of any length.
class JUGGLE_EXPORT GeneratorPromiseBase : public Awaiting<OwnedPromise> {
public:
    using Awaiting::Awaiting;

    std::suspend_always initial_suspend() const noexcept { return {}; }
    GeneratorEnd final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept;
    void return_void() const noexcept {}

    /// Whether the body has been left.
    [[nodiscard]] bool at_end() const noexcept { return frame_.done(); }
    [[nodiscard]] bool failed() const noexcept { return outcome_.has_error(); }
    [[nodiscard]] std::exception_ptr error() const noexcept { return outcome_.error(); }
    /// Whether a task waits in `next()`.
    [[nodiscard]] bool pending() const noexcept { return consumer_ != nullptr; }

    // The root.

    /// Runs the chain for `parent`, which is suspended or about to be, up to the next element or
    /// the end. True: that is reached already, and the parent goes on without suspending. False:
    /// the parent is resumed later. See PromiseBase::begin_below, which this is like.
    [[nodiscard]] bool advance_below(PromiseBase& parent, NextAwaiterBase& consumer) noexcept {
        consumer_ = &consumer;
        parent_ = &parent;
        innermost_->inherit(parent);
        if (!Loop::nest()) [[unlikely]] {
            parent.loop().run_next_or_later(*innermost_);
            return false;
        }
        consumer_waits_below_ = true;
        do {
            step_ = Step::suspended;
            innermost_->frame_.resume();
        } while (step_ == Step::went_on);
        Loop::unnest();
        consumer_waits_below_ = false;
        return step_ == Step::gave;
    }

    void leave() noexcept { consumer_ = nullptr; }

    /// Where its owner keeps a pointer to it, which becomes null if it is destroyed earlier.
    void set_owner(GeneratorPromiseBase*& owner) noexcept {
        // Laundered, or GCC 14 warns of owners on the stack, not seeing that they are moved from.
        owner_ = std::launder(&owner);
    }

    /// Destroys the whole chain, the innermost first, as an exception would. Needs no more stack
    /// for a longer one.
    void destroy() noexcept;

    // The innermost.

    /// There is an element. Called when the coroutine is suspended.
    void give() noexcept {
        GeneratorPromiseBase& root = *root_;
        root.step_ = Step::gave;
        if (!root.consumer_waits_below_) {
            loop().run_next(*root.parent_);
        }
    }

    /// Called when the coroutine is suspended for the last time.
    void end() noexcept {
        if (outer_ == nullptr) {
            give();
        } else {
            go_on_with(*outer_);
        }
    }

    /// Lets `inner` and what is inside of it run until its end.
    void enter(GeneratorPromiseBase& inner) noexcept {
        inner.outer_ = this;
        inner.parent_ = this;  // for reports
        GeneratorPromiseBase& innermost = *std::exchange(inner.innermost_, &inner);
        for (GeneratorPromiseBase* each = &innermost; each != this; each = each->outer_) {
            each->root_ = root_;
        }
        go_on_with(innermost);
    }

protected:
    ~GeneratorPromiseBase() = default;
    [[nodiscard]] NextAwaiterBase& consumer() const noexcept { return *root_->consumer_; }

private:
    enum class Step : std::uint8_t {
        suspended,  // in an await; the executor resumes the innermost
        went_on,    // the innermost has changed, and is to be resumed
        gave,       // there is an element, or the root has ended
    };

    void inherit(const PromiseBase& parent) noexcept { task_ = &parent.task(); }

    /// The next to run is `next`. Called when the coroutine is suspended, and resumed from below,
    /// so that no chain of calls builds up.
    void go_on_with(GeneratorPromiseBase& next) noexcept {
        GeneratorPromiseBase& root = *root_;
        root.innermost_ = &next;
        root.step_ = Step::went_on;
        next.inherit(*this);
        if (!root.consumer_waits_below_) {
            loop().run_next(next);
        }
    }

    static void destroy_chain(PostNode& node) noexcept;
    void destroy_with_awaiter() noexcept final;
    void leave_consumer() noexcept;

    GeneratorPromiseBase* root_ = this;
    GeneratorPromiseBase* innermost_ = this;  // of a root; of others themselves
    NextAwaiterBase* consumer_ = nullptr;     // of a root
    GeneratorPromiseBase* outer_ = nullptr;   // whose elements these are, too
    GeneratorPromiseBase** owner_ = nullptr;  // where its owner keeps a pointer to this
    Step step_ = Step::suspended;             // of a root
    bool consumer_waits_below_ = false;       // of a root: on the native stack
    Result<void> outcome_;
};

/// Owns a generator's coroutine, or none.
class GeneratorOwner {
public:
    explicit GeneratorOwner(GeneratorPromiseBase* promise) noexcept : promise_{promise} { own(); }
    GeneratorOwner(GeneratorOwner&& other) noexcept
        : promise_{std::exchange(other.promise_, nullptr)} {
        own();
    }
    GeneratorOwner& operator=(GeneratorOwner&& other) noexcept {
        GeneratorOwner{std::move(other)}.swap(*this);
        return *this;
    }
    ~GeneratorOwner() { reset(); }

    void swap(GeneratorOwner& other) noexcept {
        std::swap(promise_, other.promise_);
        own();
        other.own();
    }
    void reset() noexcept {
        if (promise_ != nullptr) {
            std::exchange(promise_, nullptr)->destroy();
        }
    }

    [[nodiscard]] GeneratorPromiseBase* get() const noexcept { return promise_; }

private:
    void own() noexcept {
        if (promise_ != nullptr) {
            promise_->set_owner(promise_);
        }
    }

    GeneratorPromiseBase* promise_;
};

/// Suspends at an element.
class ElementAwaiter {
public:
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) const noexcept {
        coroutine.promise().give();
    }
    void await_resume() const noexcept {}
};

/// Suspends until all elements of another generator have been given.
class ElementsAwaiter {
public:
    explicit ElementsAwaiter(GeneratorOwner inner) noexcept : inner_{std::move(inner)} {}
    ElementsAwaiter(const ElementsAwaiter&) = delete;
    ElementsAwaiter& operator=(const ElementsAwaiter&) = delete;

    [[nodiscard]] bool await_ready() const noexcept { return inner_.get()->at_end(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> outer) noexcept {
        entered_ = true;
        outer.promise().enter(*inner_.get());
    }
    void await_resume() {
        if (!entered_ || !inner_.get()->failed()) [[likely]] {
            return;
        }
        std::exception_ptr error = inner_.get()->error();
        inner_.reset();
        std::rethrow_exception(std::move(error));
    }

private:
    GeneratorOwner inner_;
    bool entered_ = false;
};

/// A consumer in `next()`, whatever the elements are.
class NextAwaiterBase : public Awaiter {
public:
    explicit NextAwaiterBase(GeneratorPromiseBase& generator) noexcept : generator_{generator} {}

    [[nodiscard]] bool await_ready() const {
        if (generator_.pending()) [[unlikely]] {
            throw_pending_generator("Generator::next");
        }
        return generator_.at_end();
    }
    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> parent) noexcept {
        waits_ = true;
        return !generator_.advance_below(parent.promise(), *this);
    }

    /// The generator is destroyed with its consumer.
    void generator_gone() noexcept { waits_ = false; }

protected:
    ~NextAwaiterBase() {
        if (waits_) [[unlikely]] {
            generator_.leave();
        }
    }

    [[nodiscard]] bool waits() const noexcept { return waits_; }
    void stop_waiting() noexcept {
        waits_ = false;
        generator_.leave();
    }
    /// For one that has waited and got no element.
    void rethrow_error() const {
        if (generator_.failed()) [[unlikely]] {
            std::rethrow_exception(generator_.error());
        }
    }

private:
    GeneratorPromiseBase& generator_;
    bool waits_ = false;
};

template <class T>
class NextAwaiter final : public NextAwaiterBase {
public:
    using NextAwaiterBase::NextAwaiterBase;

    [[nodiscard]] GeneratorItem<T> await_resume() {
        if (waits()) [[likely]] {
            stop_waiting();
            if (!item) {
                rethrow_error();
            }
        }
        return std::move(item);
    }

    GeneratorItem<T> item{};
};

template <class T>
class GeneratorPromise final : public GeneratorPromiseBase {
public:
    GeneratorPromise() noexcept
        : GeneratorPromiseBase{std::coroutine_handle<GeneratorPromise>::from_promise(*this)} {}

    std::coroutine_handle<GeneratorPromise> get_return_object() noexcept {
        return std::coroutine_handle<GeneratorPromise>::from_promise(*this);
    }

    ElementAwaiter yield_value(T&& element) noexcept(std::is_nothrow_move_constructible_v<T>) {
        item().emplace(std::move(element));
        return {};
    }
    ElementAwaiter yield_value(const T& element)
        requires std::copy_constructible<T>
    {
        item().emplace(element);
        return {};
    }
    ElementsAwaiter yield_value(ElementsOf<T>&& elements,
                                std::source_location where = std::source_location::current());

private:
    [[nodiscard]] GeneratorItem<T>& item() const noexcept {
        return static_cast<NextAwaiter<T>&>(consumer()).item;
    }
};

template <class T>
class GeneratorPromise<T&> final : public GeneratorPromiseBase {
public:
    GeneratorPromise() noexcept
        : GeneratorPromiseBase{std::coroutine_handle<GeneratorPromise>::from_promise(*this)} {}

    std::coroutine_handle<GeneratorPromise> get_return_object() noexcept {
        return std::coroutine_handle<GeneratorPromise>::from_promise(*this);
    }

    ElementAwaiter yield_value(T& element) noexcept {
        static_cast<NextAwaiter<T&>&>(consumer()).item = std::addressof(element);
        return {};
    }
    ElementsAwaiter yield_value(ElementsOf<T&>&& elements,
                                std::source_location where = std::source_location::current());
};

}  // namespace juggle::detail
