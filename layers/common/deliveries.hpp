#pragma once

#include "common/rules.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace layer {

/// How a driver calls a function of the program.
enum class Way {
    usual,
    drop,     // never
    delay,    // when the test says so, or `milliseconds` after it was due
    reorder,  // after the next one that is due
    twice,
    early,   // while it is registered; `Deliveries` takes it for done
    held,    // inside whatever call comes next
    thread,  // from a thread that is not the driver's
};

struct Delivery {
    Way way = Way::usual;
    std::optional<unsigned> milliseconds = std::nullopt;
};

/// The delivery of an action, "delay:20"; nothing if its word is none.
[[nodiscard]] std::optional<Delivery> parse_delivery(std::string_view rule,
                                                     const ActionText& action);

/// Calls functions of the program in every way but the usual one.
class Deliveries {
public:
    using Function = std::function<void()>;

    /// The driver calls. For any thread.
    void due(Delivery delivery, Function function);

    /// A call of the program begins: what is to be delivered inside one is.
    void inside_a_call();

    [[nodiscard]] std::size_t held();
    std::size_t deliver_held(bool newest_first);

private:
    struct Held {
        Way way;
        Function function;
    };

    void hold(Way way, Function function);
    void let_another_overtake(Function function);
    static void on_another_thread(Function work);

    std::mutex mutex_;
    std::vector<Held> held_;
    std::atomic<bool> inside_next_call_{false};
};

}  // namespace layer
