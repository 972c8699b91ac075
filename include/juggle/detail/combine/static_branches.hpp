#pragma once

#include <juggle/detail/combine/branches.hpp>
#include <juggle/detail/run/operand.hpp>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// A fixed number of awaitables, each a branch.
template <class... KeptTypes>
class StaticBranches : public Branches {
public:
    static constexpr bool made_of_temporaries = any_temporary<KeptTypes...>;

protected:
    /// Makes all that can fail. `function` is for messages.
    template <class... Arguments>
    explicit StaticBranches(const char* function, Arguments&&... arguments)
        : function_{function}, kept_(std::forward<Arguments>(arguments)...),
          tasks_(std::apply(
              [function](auto&... kept) { return Tasks(made_of<KeptTypes>(kept, function)...); },
              kept_)) {}

    ~StaticBranches() { destroy_branches(Indices{}); }

    /// Starts one after the other, until `enough()`; `ended` is what `one_ended` does. True: some
    /// still run.
    template <class Enough, class Ended>
    [[nodiscard]] bool start_all(PromiseBase& coroutine, Enough enough, Ended ended) {
        begin(coroutine, function_);
        start_each(enough, ended, Indices{});
        return wait(coroutine);
    }

    template <std::size_t Index>
    [[nodiscard]] auto& result() noexcept {
        return std::get<Index>(branches_).branch.result;  // no awaiter asks if it was not started
    }

    /// The race that those take part in which take what they wait for directly, if any.
    virtual Race* race() noexcept { return nullptr; }

    using Indices = std::index_sequence_for<KeptTypes...>;

private:
    template <std::size_t... Index>
    void destroy_branches(std::index_sequence<Index...>) noexcept {
        (destroy_branch<sizeof...(Index) - 1 - Index>(), ...);
    }
    template <std::size_t Index>
    void destroy_branch() noexcept {
        if (started_ > Index) {
            std::destroy_at(&std::get<Index>(branches_).branch);
        }
    }

    /// Where a branch is made later.
    template <class BranchType>
    union Place {
        Place() noexcept {}
        ~Place() {}
        BranchType branch;
    };

    /// The task of an argument that is one is the argument.
    struct Itself {};
    template <class KeptType>
    using MadeOf = std::conditional_t<is_task<KeptType>, Itself, TaskOf<KeptType>>;
    using Tasks = std::tuple<MadeOf<KeptTypes>...>;

    template <class KeptType>
    [[nodiscard]] static MadeOf<KeptType> made_of(std::remove_reference_t<KeptType>& kept,
                                                  const char* function) {
        if constexpr (is_task<KeptType>) {
            if (!kept) [[unlikely]] {
                throw_empty_argument(function);
            }
            TaskAccess::excuse(kept);
            return {};
        } else {
            return task_of<KeptType>(kept, function);
        }
    }

    template <std::size_t Index>
    [[nodiscard]] auto&& take_task() noexcept {
        if constexpr (is_task<std::tuple_element_t<Index, std::tuple<KeptTypes...>>>) {
            return std::move(std::get<Index>(kept_));
        } else {
            return std::move(std::get<Index>(tasks_));
        }
    }

    template <class Enough, class Ended, std::size_t... Index>
    void start_each(Enough& enough, Ended& ended, std::index_sequence<Index...>) {
        (start_one<Index>(enough, ended), ...);
    }

    template <std::size_t Index, class Enough, class Ended>
    void start_one(Enough& enough, Ended& ended) {
        if (enough()) {
            return;
        }
        auto& branch = std::get<Index>(branches_).branch;
        std::construct_at(&branch, parent(), Index);
        started_ = Index + 1;
        if constexpr (takes_directly<std::tuple_element_t<Index, std::tuple<KeptTypes...>>>) {
            branch.race = race();
        }
        if (start(branch, take_task<Index>())) {
            note_end(branch);
            ended(branch);
        }
    }

    const char* function_;
    std::tuple<KeptTypes...> kept_;
    Tasks tasks_;
    std::size_t started_ = 0;  // those have been made
    std::tuple<Place<EmbeddedBranch<ValueOf<KeptTypes>>>...> branches_;
};

}  // namespace juggle::detail
