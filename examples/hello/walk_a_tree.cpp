// A generator gives its values one by one, may wait in between, and may be nested in others.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>
#include <memory>

struct Tree {
    int value;
    std::unique_ptr<Tree> left;
    std::unique_ptr<Tree> right;
};

juggle::Generator<const int&> walk(const Tree* tree) {
    if (tree == nullptr) {
        co_return;
    }
    co_yield juggle::elements_of(walk(tree->left.get()));
    co_yield tree->value;
    co_yield juggle::elements_of(walk(tree->right.get()));
}

/// The same values, but not too many at a time.
juggle::Generator<int> slowly(juggle::Generator<const int&> values) {
    while (const int* value = co_await values.next()) {
        co_await juggle::sleep_for(std::chrono::milliseconds{10});
        co_yield *value;
    }
}

juggle::Task<> print(const Tree& tree) {
    juggle::Generator<int> values = slowly(walk(&tree));
    while (auto value = co_await values.next()) {
        std::printf("%d\n", *value);
    }
}

int main() {
    Tree tree{2, std::make_unique<Tree>(Tree{1, {}, {}}), std::make_unique<Tree>(Tree{3, {}, {}})};
    juggle::Executor executor;
    executor.run(print(tree));
}

// prints:
// 1
// 2
// 3
