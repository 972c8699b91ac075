#pragma once

#include <juggle/detail/base/task_key.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

/// What a suspended await waits for, and who could bring it.
struct WaitReport {
    struct Dependency {
        TaskKey task;
        std::string how;   // as in "task 3 holds it"
        bool sure = true;  // or it may be another task by now
    };
    /// Of so many that depend on each other like those before a shared ticket a few will do.
    static constexpr std::size_t max_told = 16;

    /// Nor are more counted than this, or each that stands in a queue would walk along all of it.
    static constexpr std::size_t max_others = 100;

    [[nodiscard]] bool takes_more() const noexcept { return others < max_others; }

    /// `how()` is called only if it is to be told.
    template <std::invocable Text>
    void add(TaskKey task, Text how, bool sure = true) {
        if (on.size() == max_told) {
            if (takes_more()) {
                ++others;
            }
        } else {
            on.push_back({task, how(), sure});
        }
    }
    void add(TaskKey task, const char* how) {
        add(task, [how] { return std::string{how}; });
    }

    std::string what;  // as in "it waits for ..."
    std::vector<Dependency> on;
    std::size_t others = 0;  // that stand before it as well, and are not told of
    bool any = false;        // one of them may be enough, not only all
    bool open = false;       // it may end by itself, such as by a deadline
};

}  // namespace juggle::detail
