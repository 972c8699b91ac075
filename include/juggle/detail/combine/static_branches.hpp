#pragma once

#include <juggle/detail/combine/branches.hpp>
#include <juggle/detail/run/operand.hpp>

#include <coroutine>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>

namespace juggle::detail {

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
              [function](auto&... kept) { return Tasks(task_of<KeptTypes>(kept, function)...); },
              kept_)) {}

    ~StaticBranches() = default;

    /// Starts one after the other, until `enough()`. True: some still run.
    template <class Enough>
    [[nodiscard]] bool start_all(PromiseBase& coroutine, Enough enough) {
        begin(coroutine, function_);
        start_each(enough, std::index_sequence_for<KeptTypes...>{});
        return wait(coroutine);
    }

    template <std::size_t Index>
    [[nodiscard]] auto& result() noexcept {
        // No awaiter asks for the result of one that was not started.
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access)
        return std::get<Index>(branches_)->result;
    }

    /// The race that those take part in which take what they wait for directly, if any.
    virtual Race* race() noexcept { return nullptr; }

    using Indices = std::index_sequence_for<KeptTypes...>;

private:
    using Tasks = std::tuple<TaskOf<KeptTypes>...>;

    template <class Enough, std::size_t... Index>
    void start_each(Enough& enough, std::index_sequence<Index...>) {
        (start_one<Index>(enough), ...);
    }

    template <std::size_t Index, class Enough>
    void start_one(Enough& enough) {
        if (enough()) {
            return;
        }
        auto& branch = std::get<Index>(branches_).emplace(parent(), *this, Index);
        if constexpr (takes_directly<std::tuple_element_t<Index, std::tuple<KeptTypes...>>>) {
            branch.race = race();
        }
        start(branch, std::move(std::get<Index>(tasks_)));
    }

    const char* function_;
    std::tuple<KeptTypes...> kept_;
    Tasks tasks_;
    std::tuple<std::optional<EmbeddedBranch<ValueOf<KeptTypes>>>...> branches_;
};

}  // namespace juggle::detail
