#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>

/// What has happened to the `Counted` objects of a test.
struct Balance {
    std::set<const void*> alive;
    int strays = 0;  // destroyed, copied or moved from without being alive: twice, or never made

    [[nodiscard]] bool even() const noexcept { return alive.empty() && strays == 0; }
};

inline Balance balance;

/// Has a destructor, as a string has, and notices when the compiler loses count of it. Owns no
/// memory: a test goes on after a miscompilation that would corrupt the heap.
class Counted {
public:
    Counted() : Counted{0} {}
    Counted(int value) : value_{value} { balance.alive.insert(this); }
    Counted(const Counted& other) : Counted{other.value()} {}
    Counted(Counted&& other) noexcept : Counted{std::exchange(other.value_, moved_from)} {
        other.check();
    }
    Counted& operator=(const Counted& other) {
        check();
        value_ = other.value();
        return *this;
    }
    Counted& operator=(Counted&& other) noexcept {
        check();
        other.check();
        value_ = std::exchange(other.value_, moved_from);
        return *this;
    }
    ~Counted() {
        if (balance.alive.erase(this) == 0) {
            ++balance.strays;
        }
    }

    [[nodiscard]] int value() const {
        check();
        return value_;
    }

private:
    static constexpr int moved_from = -1;

    void check() const {
        if (!balance.alive.contains(this)) {
            ++balance.strays;
        }
    }

    int value_;
};
