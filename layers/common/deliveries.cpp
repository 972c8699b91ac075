#include "common/deliveries.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <thread>
#include <utility>

namespace layer {

namespace {

struct NamedWay {
    std::string_view name;
    Way way;
};

constexpr auto ways = std::to_array<NamedWay>({
    {"drop", Way::drop},
    {"delay", Way::delay},
    {"reorder", Way::reorder},
    {"double", Way::twice},
    {"early", Way::early},
    {"inline", Way::held},
    {"thread", Way::thread},
});

}  // namespace

std::optional<Delivery> parse_delivery(std::string_view rule, const ActionText& action) {
    const auto* found = std::ranges::find(ways, action.word, &NamedWay::name);
    if (found == ways.end()) {
        return std::nullopt;
    }
    Delivery delivery{found->way};
    if (action.value) {
        delivery.milliseconds = number<unsigned>(*action.value);
        if (delivery.way != Way::delay || !delivery.milliseconds) {
            refuse(rule, *action.value, " is not a number of milliseconds to delay");
        }
    }
    return delivery;
}

void Deliveries::due(Delivery delivery, Function function) {
    switch (delivery.way) {
        case Way::drop:
        case Way::early:  // has been
            return;
        case Way::twice:
            function();
            function();
            return;
        case Way::delay:
            if (!delivery.milliseconds) {
                hold(delivery.way, std::move(function));
                return;
            }
            on_another_thread([function = std::move(function), time = *delivery.milliseconds] {
                std::this_thread::sleep_for(std::chrono::milliseconds{time});
                function();
            });
            return;
        case Way::reorder:
            let_another_overtake(std::move(function));
            return;
        case Way::held:
            hold(delivery.way, std::move(function));
            inside_next_call_ = true;
            return;
        case Way::thread:
            on_another_thread(std::move(function));
            return;
        case Way::usual:
            function();
            return;
    }
}

void Deliveries::hold(Way way, Function function) {
    const std::lock_guard lock{mutex_};
    held_.push_back({way, std::move(function)});
}

void Deliveries::let_another_overtake(Function function) {
    Function overtaken;
    {
        const std::lock_guard lock{mutex_};
        const auto found = std::ranges::find(held_, Way::reorder, &Held::way);
        if (found == held_.end()) {
            held_.push_back({Way::reorder, std::move(function)});
            return;
        }
        overtaken = std::move(found->function);
        held_.erase(found);
    }
    function();
    overtaken();
}

/// Detached: what is late may be later than the end of the program.
void Deliveries::on_another_thread(Function work) { std::thread{std::move(work)}.detach(); }

void Deliveries::inside_a_call() {
    if (!inside_next_call_.load(std::memory_order_relaxed) || !inside_next_call_.exchange(false)) {
        return;
    }
    std::vector<Held> ready;
    {
        const std::lock_guard lock{mutex_};
        const auto is_for_here = [](const Held& one) { return one.way == Way::held; };
        std::ranges::copy_if(held_, std::back_inserter(ready), is_for_here);
        std::erase_if(held_, is_for_here);
    }
    for (const Held& one : ready) {
        one.function();
    }
}

std::size_t Deliveries::held() {
    const std::lock_guard lock{mutex_};
    return held_.size();
}

std::size_t Deliveries::deliver_held(bool newest_first) {
    std::vector<Held> ready;
    {
        const std::lock_guard lock{mutex_};
        ready.swap(held_);
    }
    if (newest_first) {
        std::ranges::reverse(ready);
    }
    for (const Held& one : ready) {
        one.function();
    }
    return ready.size();
}

}  // namespace layer
