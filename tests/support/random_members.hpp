#pragma once

#include "support/catch.hpp"
#include "support/test_executor.hpp"
#include "support/torture.hpp"

#include <juggle/async_event.hpp>
#include <juggle/executor.hpp>
#include <juggle/join_handle.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <vector>

namespace support {

enum class End { none, well, nothing, closed, cancelled };

/// A task that pushes, pops or holds permits: how it has ended, and how it should have.
struct Member {
    End end = End::none;
    End expected = End::none;
    int element = 0;
    int expected_element = 0;
    int offered = 0;  // and not taken yet
    std::size_t permits = 0;
    juggle::AsyncEvent release{};
    juggle::JoinHandle<> task{};
};
using Members = std::deque<Member*>;

/// Random steps of many such tasks, next to a model of what they use.
class RandomSteps {
public:
    explicit RandomSteps(std::uint64_t seed) : random_{seed} {}

protected:
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

    Member& add() { return *members_.emplace_back(std::make_unique<Member>()); }
    Member* some(const Members& members) {
        return members.empty() ? nullptr : members[below(members.size())];
    }

    /// Everybody has ended as expected, or not at all.
    void check() const {
        const bool as_expected = std::ranges::all_of(members_, [](const auto& member) {
            return member->end == member->expected && member->element == member->expected_element;
        });
        CHECK(as_expected);
    }

    std::mt19937_64 random_;
    std::vector<std::unique_ptr<Member>> members_;
};

/// Runs `Steps` with many seeds.
template <class Steps>
void run_seeds() {
    constexpr int steps_a_seed = 200;
    const auto seeds = static_cast<std::uint64_t>(rounds(200, 10'000));
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        INFO("seed " << seed);
        TestExecutor test;
        Steps steps{seed};
        test.executor.run(steps.run(test.executor, steps_a_seed));
        CHECK(test.reports.empty());
        cases += steps_a_seed;
    }
}

}  // namespace support
