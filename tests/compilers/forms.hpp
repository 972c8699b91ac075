#pragma once

#include "compilers/counted.hpp"

#include <juggle/task.hpp>
#include <juggle/yield.hpp>

#include <span>
#include <utility>

namespace compilers {

/// What is known of a form under GCC: right in each supported version, or wrong up to one. It is
/// right under every other compiler that is supported.
enum class Gcc { right, wrong_to_12 = 12, wrong_to_14 = 14 };

/// Something that a coroutine can write.
struct Form {
    const char* code;  // as docs/compilers.md has it, if GCC gets it wrong
    Gcc gcc;
    juggle::Task<bool> (*run)();  // true: the values were right
};

/// Checks that each form does what is known of it: that it gives the right values, and destroys
/// what it makes exactly once; or that this compiler gets it wrong, and that docs/compilers.md says
/// so.
void check_forms(std::span<const Form> forms);

/// An aggregate of things that have destructors.
struct Pair {
    Counted left;
    Counted right;
};

/// The same with a constructor.
struct Made {
    Made(Counted its_left, Counted its_right)
        : left{std::move(its_left)}, right{std::move(its_right)} {}
    Counted left;
    Counted right;
};

inline Counted make(int value) { return Counted{value}; }
inline Pair make_pair(int left, int right) { return Pair{left, right}; }
inline int digits(const Counted& first, const Counted& second) {
    return 10 * first.value() + second.value();
}

/// Something that the optimiser cannot know.
inline bool yes = true;

juggle::Task<Counted> give(int value);
juggle::Task<Pair> give_pair();
juggle::Task<int> number(int value);
juggle::Task<bool> truth(bool value, int& asked);
juggle::Task<int> take(Counted counted);
juggle::Task<int> look(const Counted& counted);
juggle::Task<int> take_pair(Pair pair);
juggle::Task<int> look_at_pair(const Pair& pair);

template <class Function>
juggle::Task<int> call(Function function) {
    co_await juggle::yield();
    co_return function();
}
template <class Function>
juggle::Task<int> call_in_place(Function&& function) {
    co_await juggle::yield();
    co_return function();
}

}  // namespace compilers
