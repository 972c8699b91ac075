#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace juggle::detail {

/// What a suspended await waits for, and who could bring it.
struct WaitReport {
    struct Dependency {
        std::uint64_t task;  // its number; 0: none
        std::string how;     // as in "task 3 holds it"
    };
    /// Of so many that depend on each other like those before a shared ticket a few will do.
    static constexpr std::size_t most = 16;

    void add(std::uint64_t task, const char* how, const std::string& by = {}) {
        if (on.size() == most) {
            ++others;
            return;
        }
        on.push_back({task, how});
        if (!by.empty()) {
            on.back().how.append(": ").append(by);
        }
    }

    std::string what;  // as in "it waits for ..."
    std::vector<Dependency> on;
    std::size_t others = 0;  // that stand before it as well
    bool any = false;        // one of them may be enough, not only all
};

}  // namespace juggle::detail
