#pragma once

#include <juggle/detail/base/base_from_member.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/result.hpp>
#include <juggle/detail/combine/branches.hpp>
#include <juggle/detail/run/operand.hpp>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <limits>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

/// What an element of the range is awaited as: those of an rvalue container are moved out.
template <class Range>
using RangeElement = std::conditional_t<
    std::is_lvalue_reference_v<Range> || std::ranges::view<std::remove_cvref_t<Range>>,
    std::ranges::range_reference_t<Range>, std::ranges::range_rvalue_reference_t<Range>>;

template <class Range>
concept AwaitableRange =
    std::ranges::input_range<Range> && Awaitable<RangeElement<Range>> &&
    (std::is_lvalue_reference_v<Range> || std::move_constructible<std::remove_cvref_t<Range>>);

template <class... Arguments>
inline constexpr bool is_awaitable_range = false;
template <class Argument>
inline constexpr bool is_awaitable_range<Argument> = AwaitableRange<Argument>;

[[noreturn]] JUGGLE_EXPORT void throw_no_window();
[[noreturn]] JUGGLE_EXPORT void throw_empty_range();

inline constexpr std::size_t unlimited = (std::numeric_limits<std::size_t>::max)();

/// How an element is kept: what a view makes is kept itself, even if it cannot be moved.
template <class Element>
using KeptOfRange =
    std::conditional_t<std::is_reference_v<Element>, Kept<Element>, std::remove_cv_t<Element>>;

/// A branch for an element of a range: it lives until its record is no longer needed.
template <class KeptType>
class RangeBranch final : private BaseFromMember<KeptType>, public BranchOf<ValueOf<KeptType>> {
public:
    using Value = ValueOf<KeptType>;

    template <class Get>
    RangeBranch(SpawnedTask& parent, std::size_t index, const Get& get)
        : BaseFromMember<KeptType>{get()}, BranchOf<Value>(parent, index, &RangeBranch::answer) {}

    [[nodiscard]] auto task(const char* function) {
        return task_of<KeptType>(static_cast<BaseFromMember<KeptType>&>(*this).kept, function);
    }
    /// For one that was not started.
    void discard() noexcept {
        this->loop().task_ended();
        delete this;
    }

private:
    ~RangeBranch() = default;
    static const Label* answer(SpawnedTask& self, SpawnedTask::Asked asked) noexcept {
        if (asked == SpawnedTask::Asked::to_go) {
            delete static_cast<RangeBranch*>(&self);
        }
        return nullptr;
    }
};

/// The elements of a range, each a branch, at most `max_running` of them at a time.
template <class Range>
class RangeBranches : public Branches {
public:
    using Element = KeptOfRange<RangeElement<Range>>;
    using BranchType = RangeBranch<Element>;
    using Value = typename BranchType::Value;
    static constexpr bool made_of_temporaries = false;

protected:
    RangeBranches(Range&& range, std::size_t max_running, const char* function)
        : function_{function}, max_running_{max_running}, range_(std::forward<Range>(range)) {}

    ~RangeBranches() {
        if constexpr (has_checks && is_task<std::remove_cvref_t<Element>> &&
                      std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>>) {
            for (; next_ && any_left(); ++*next_) {
                TaskAccess::excuse(**next_);
            }
        }
    }

    /// True: some still run.
    [[nodiscard]] bool start_all(PromiseBase& coroutine) {
        begin(coroutine, function_);
        next_.emplace(std::ranges::begin(range_));
        fill();
        return wait(coroutine);
    }

    /// A branch that was started has ended; goes on with the next. To be called last.
    void note_ended() noexcept {
        --running_count_;
        fill();
    }

    /// For each branch before it is started.
    virtual Race* prepare(std::size_t index) = 0;

    /// What the range or memory has thrown.
    [[nodiscard]] const std::exception_ptr& range_error() const noexcept { return range_error_; }
    /// Whether some have not been started.
    [[nodiscard]] bool any_left() { return *next_ != std::ranges::end(range_); }

private:
    /// One that ends at once does not start the next on top of itself.
    void fill() noexcept {
        if (starting()) {
            return;
        }
        const Starting starting{*this};
        try {
            while (running_count_ < max_running_ && !stopped() &&
                   *next_ != std::ranges::end(range_)) {
                start_next();
            }
        } catch (...) {
            range_error_ = std::current_exception();
            stop_others();
        }
    }

    void start_next() {
        Race* race = prepare(started_);
        auto* branch =
            new BranchType{parent(), started_, [this]() -> decltype(auto) { return current(); }};
        try {
            auto task = branch->task(function_);
            ++*next_;
            if constexpr (takes_directly<Element>) {
                branch->race = race;
            }
            ++started_;
            ++running_count_;
            if (start(*branch, std::move(task))) {
                end_of(*branch);
                branch->release();
            }
        } catch (...) {
            branch->discard();
            throw;
        }
    }

    [[nodiscard]] decltype(auto) current() {
        if constexpr (std::same_as<RangeElement<Range>, std::ranges::range_reference_t<Range>>) {
            return **next_;
        } else {
            return std::ranges::iter_move(*next_);
        }
    }

    const char* function_;
    std::size_t max_running_;
    std::size_t started_ = 0;
    std::size_t running_count_ = 0;
    std::exception_ptr range_error_;
    std::conditional_t<std::is_lvalue_reference_v<Range>, Range, std::remove_cvref_t<Range>> range_;
    std::optional<std::ranges::iterator_t<std::remove_reference_t<Range>>> next_;
};

/// Awaits all elements of a range; their results in order, the first failure stops the others.
template <class Range>
class RangeAllAwaiter final : public RangeBranches<Range> {
    using Base = RangeBranches<Range>;
    using typename Base::BranchType;
    using typename Base::Value;

public:
    RangeAllAwaiter(Range&& range, std::size_t max_running, const char* function)
        : Base{std::forward<Range>(range), max_running, function} {}

    template <LibraryPromise Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> coroutine) {
        return this->start_all(coroutine.promise());
    }

    auto await_resume() {
        const bool cut_short = this->stop_passed_on() && !failed_ && this->any_left();
        if (cut_short) [[unlikely]] {
            this->notice_stop();
        }
        this->return_unnoticed_stop();
        if (cut_short) [[unlikely]] {
            throw Cancelled{};
        }
        if (failed_) [[unlikely]] {
            std::rethrow_exception(std::move(failed_));
        }
        if (this->range_error()) [[unlikely]] {
            std::rethrow_exception(this->range_error());
        }
        if constexpr (!std::is_void_v<Value>) {
            std::vector<Storable<Value>> results;
            results.reserve(results_.size());
            for (auto& result : results_) {
                results.push_back(std::move(*result));
            }
            return results;
        }
    }

private:
    Race* prepare(std::size_t index) override {
        if constexpr (!std::is_void_v<Value>) {
            results_.resize(index + 1);
        }
        return nullptr;
    }

    void one_ended(Branch& branch) noexcept override {
        std::exception_ptr error = branch.error();
        if constexpr (!std::is_void_v<Value>) {
            if (!error) {
                try {
                    results_[branch.index()].emplace(
                        take_storable(static_cast<BranchType&>(branch).result));
                } catch (...) {
                    error = std::current_exception();
                }
            }
        }
        if (error) [[unlikely]] {
            note_failure(branch, std::move(error));
        }
        this->note_ended();
    }

    void note_failure(Branch& branch, std::exception_ptr error) noexcept {
        if (!failed_ && !this->range_error()) {
            failed_ = std::move(error);
            this->answer_is_of(branch);
            this->stop_others();
        } else if (branch.failed()) {
            branch.report_if_lost();
        }
    }

    std::vector<std::optional<Storable<Value>>> results_;  // empty if there is nothing to keep
    std::exception_ptr failed_;
};

}  // namespace juggle::detail
