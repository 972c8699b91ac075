#pragma once

#include <cstdint>
#include <vector>

namespace model {

/// A set of threads.
using Threads = std::uint32_t;

[[nodiscard]] constexpr Threads only(int thread) { return Threads{1} << thread; }

/// The depth-first walk through all decisions. An execution asks it at every fork; the forks that
/// it asked at before, in the execution before, it decides as then, but for the last, which it
/// decides anew.
class Search {
public:
    explicit Search(bool reduce) : reduce_{reduce} {}

    void start_execution() { depth_ = 0; }

    /// Which of the values to go on with.
    [[nodiscard]] int choose(int count);

    /// Which of the enabled threads to run; -1: an execution that is the same has been run.
    /// `asleep` are those for which this is known; those explored from here are added to it.
    [[nodiscard]] int choose_thread(Threads enabled, Threads& asleep, int preferred);

    /// The fork that was asked last.
    [[nodiscard]] std::size_t last_fork() const { return depth_ - 1; }
    /// One of these is to be run there, if none is, or was before.
    void try_one_of(std::size_t fork, Threads threads);

    /// False: there is nothing left to decide otherwise.
    [[nodiscard]] bool advance();

private:
    struct Fork {
        bool of_threads;
        int taken;
        int count;        // of values
        Threads enabled;  // the rest is of threads
        Threads asleep;
        Threads done;
        Threads wanted;
    };

    std::vector<Fork> forks_;
    std::size_t depth_ = 0;
    const bool reduce_;
};

}  // namespace model
