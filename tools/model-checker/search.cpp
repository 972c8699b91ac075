#include "search.hpp"

#include <bit>
#include <cstdio>
#include <cstdlib>

namespace model {

namespace {

[[nodiscard]] int first_of(Threads threads) { return std::countr_zero(threads); }

void check_same(bool same) {
    if (!same) {
        std::fputs("model checker: the scenario does not go the same way twice\n", stderr);
        std::abort();
    }
}

}  // namespace

int Search::choose(int count) {
    if (count == 1) {
        return 0;
    }
    if (depth_ == forks_.size()) {
        forks_.push_back({false, 0, count, 0, 0, 0, 0});
    }
    const Fork& fork = forks_[depth_++];
    check_same(!fork.of_threads && fork.count == count);
    return fork.taken;
}

int Search::choose_thread(Threads enabled, Threads& asleep, int preferred) {
    if (depth_ == forks_.size()) {
        const Threads awake = enabled & ~asleep;
        if (awake == 0) {
            return -1;
        }
        const int taken = (awake & only(preferred)) != 0 ? preferred : first_of(awake);
        forks_.push_back({true, taken, 0, enabled, asleep, 0, reduce_ ? only(taken) : enabled});
    }
    const Fork& fork = forks_[depth_++];
    check_same(fork.of_threads && fork.enabled == enabled);
    asleep = reduce_ ? fork.asleep | fork.done : 0;
    return fork.taken;
}

void Search::try_one_of(std::size_t number, Threads threads) {
    Fork& fork = forks_[number];
    if (((fork.wanted | fork.asleep) & threads) == 0) {
        fork.wanted |= only(first_of(threads));
    }
}

bool Search::advance() {
    while (!forks_.empty()) {
        Fork& fork = forks_.back();
        if (!fork.of_threads) {
            if (++fork.taken < fork.count) {
                return true;
            }
        } else {
            fork.done |= only(fork.taken);
            const Threads left = fork.wanted & ~fork.done & ~fork.asleep;
            if (left != 0) {
                fork.taken = first_of(left);
                return true;
            }
        }
        forks_.pop_back();
    }
    return false;
}

}  // namespace model
