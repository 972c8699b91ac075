#pragma once

#include <juggle/cancelled.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/detail/stream/merge_state.hpp>
#include <juggle/environment.hpp>
#include <juggle/executor.hpp>
#include <juggle/generator.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/task.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI {

namespace detail {
template <class T>
Generator<T> merged(std::vector<Generator<T>> sources);
JUGGLE_EXPORT void check_merge_source(bool is_there, std::size_t index);
}  // namespace detail

/// One generator of the elements of several, in the order in which they arrive, until all have
/// ended. The sources are started by the first `next()` and run side by side, also while the
/// consumer does something else; each is always at most one element ahead. Sources that are ready
/// at the same time take turns.
///
/// Each source runs as a task of its own, so it does not see the environment of the consumer. An
/// exception that ends a source takes its place among the elements; the `next()` that comes to it
/// asks the other sources to stop, waits until they have ended, and throws it. A stop request to
/// the consumer while it waits does the same, with `Cancelled`. Elements that arrived later are
/// dropped, and an exception that another source ends by then goes to the executor's
/// `on_unhandled_exception`.
///
/// Destroying the merged generator earlier asks the sources to stop, and waits for nothing: they
/// end by themselves at the executor's next ticks, so what they refer to must live until then.
///
/// Of references (`Generator<T&>`) each is valid until the consumer asks for the next element: its
/// source waits for that.
///
/// `std::logic_error` if a source is empty. A merge of nothing ends at once. Allocates when it
/// starts, not for an element.
template <class T>
[[nodiscard]] Generator<T> merge(std::vector<Generator<T>> sources) {
    for (std::size_t index = 0; index < sources.size(); ++index) {
        detail::check_merge_source(static_cast<bool>(sources[index]), index);
    }
    return detail::merged(std::move(sources));
}

/// The same of a fixed number of generators.
template <class T, std::same_as<Generator<T>>... Others>
[[nodiscard]] Generator<T> merge(Generator<T> first, Others... others) {
    std::vector<Generator<T>> sources;
    sources.reserve(1 + sizeof...(others));
    sources.push_back(std::move(first));
    (sources.push_back(std::move(others)), ...);
    return merge(std::move(sources));
}

namespace detail {

template <class T>
struct MergeStateOf : MergeState {
    explicit MergeStateOf(std::size_t sources)
        : MergeState{sources}, source_slots{std::make_unique<MergeSlotOf<T>[]>(sources)} {}

    const std::unique_ptr<MergeSlotOf<T>[]> source_slots;
};

/// The share in a merge that the task has which feeds one source into it.
template <class T>
class MergeFeed {
public:
    MergeFeed(std::shared_ptr<MergeStateOf<T>> state, std::size_t index) noexcept
        : state_{std::move(state)}, slot_{&state_->source_slots[index]} {}
    MergeFeed(MergeFeed&&) noexcept = default;
    MergeFeed& operator=(MergeFeed&&) = delete;
    ~MergeFeed() {
        if (state_) {
            slot_->source = {};
            state_->end(*slot_, !ended);
        }
    }

    [[nodiscard]] MergeState& state() const noexcept { return *state_; }
    [[nodiscard]] MergeSlotOf<T>& slot() const noexcept { return *slot_; }

    bool ended = false;  // by itself, and the merged generator knows

private:
    std::shared_ptr<MergeStateOf<T>> state_;
    MergeSlotOf<T>* slot_;
};

/// Gives the elements of a source to the merged generator, one at a time, then its exception.
template <class T>
Task<> feed_merge(MergeFeed<T> feed) {
    MergeSlotOf<T>& slot = feed.slot();
    feed.state().begin(slot);
    std::exception_ptr error;
    try {
        while (auto item = co_await slot.source.next()) {
            slot.put(std::move(item));
            const bool taken = co_await TakenAwaiter{feed.state(), slot};
            if (!taken || !slot.source) {
                throw Cancelled{};
            }
        }
    } catch (...) {
        error = std::current_exception();
    }
    if (!error) {
        feed.ended = true;
        co_return;
    }
    const Environment environment = co_await current_environment();
    if (!environment.stop_requested()) {
        slot.error = error;
        feed.ended = co_await TakenAwaiter{feed.state(), slot};
        if (feed.ended) {
            co_return;
        }
        feed.state().withdraw(slot);
        slot.error = nullptr;
    }
    std::rethrow_exception(std::move(error));  // no consumer takes it from here
}

/// The tasks that feed a merge. Stops them when it is destroyed.
template <class T>
class MergeFeeders {
public:
    MergeFeeders(std::shared_ptr<MergeStateOf<T>> state, std::size_t count)
        : state_{std::move(state)}, count_{count} {
        feeders_.reserve(count);
    }
    MergeFeeders(const MergeFeeders&) = delete;
    MergeFeeders& operator=(const MergeFeeders&) = delete;
    ~MergeFeeders() { stop(); }

    void start(Generator<T> source, const Environment& environment) {
        const std::size_t index = feeders_.size();
        state_->source_slots[index].source = std::move(source);
        MergeFeed<T> feed{state_, index};
        feeders_.push_back(
            environment.executor().spawn(feed_merge(std::move(feed)), environment.spawned_at()));
    }

    /// Sources that stand at an element are destroyed now, the others end soon.
    void stop() noexcept {
        for (const JoinHandle<>& feeder : feeders_) {
            feeder.request_stop();
        }
        feeders_.clear();
        for (std::size_t index = 0; index < count_; ++index) {
            state_->source_slots[index].drop_source();
        }
    }

private:
    std::shared_ptr<MergeStateOf<T>> state_;
    std::size_t count_;
    std::vector<JoinHandle<>> feeders_;
};

template <class T>
Generator<T> merged(std::vector<Generator<T>> sources) {
    const auto state = std::make_shared<MergeStateOf<T>>(sources.size());
    MergeFeeders<T> feeders{state, sources.size()};
    const Environment environment = co_await current_environment();
    for (Generator<T>& source : sources) {
        feeders.start(std::move(source), environment);
    }
    std::exception_ptr error;
    try {
        for (;;) {
            const bool more = co_await ArrivalAwaiter{*state};
            if (!more) {
                break;
            }
            auto& slot = static_cast<MergeSlotOf<T>&>(state->take());
            if (!slot.item) {
                throw Cancelled{};  // the source was stopped, by the executor that ends
            }
            if constexpr (std::is_lvalue_reference_v<T>) {
                co_yield *std::exchange(slot.item, nullptr);
                state->go_on(slot);
            } else {
                T element = std::move(*slot.item);
                slot.item.reset();
                state->go_on(slot);
                co_yield std::move(element);
            }
        }
    } catch (...) {
        error = std::current_exception();
    }
    if (error) {
        feeders.stop();
        co_await AllEndedAwaiter{*state};
        std::rethrow_exception(std::move(error));
    }
}

}  // namespace detail

}  // namespace juggle
