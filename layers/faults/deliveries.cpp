#include "faults/deliveries.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>
#include <utility>

namespace layer {

Registration* Deliveries::lend(const Registration& registration) {
    auto lent = std::make_unique<Registration>(registration);
    Registration* const address = lent.get();
    const std::lock_guard lock{mutex_};
    lent_.emplace(address, std::move(lent));
    return address;
}

Registration Deliveries::returned(void* user_data) {
    const std::lock_guard lock{mutex_};
    const auto found = lent_.find(user_data);
    const Registration registration = *found->second;
    lent_.erase(found);
    return registration;
}

void Deliveries::due(const Registration& registration) {
    switch (registration.delivery) {
        case Action::drop:
        case Action::early:  // has been
            return;
        case Action::twice:
            registration.deliver();
            registration.deliver();
            return;
        case Action::delay:
            if (!registration.milliseconds) {
                hold(registration);
                return;
            }
            on_another_thread([registration] {
                std::this_thread::sleep_for(std::chrono::milliseconds{*registration.milliseconds});
                registration.deliver();
            });
            return;
        case Action::reorder:
            let_another_overtake(registration);
            return;
        case Action::held:
            hold(registration);
            inside_next_call_ = true;
            return;
        case Action::thread:
            on_another_thread([registration] { registration.deliver(); });
            return;
        case Action::fail:
        case Action::skip:
        case Action::forge:
            registration.deliver();
            return;
    }
}

void Deliveries::hold(const Registration& registration) {
    const std::lock_guard lock{mutex_};
    held_.push_back(registration);
}

void Deliveries::let_another_overtake(const Registration& registration) {
    std::optional<Registration> overtaken;
    {
        const std::lock_guard lock{mutex_};
        const auto found = std::ranges::find(held_, Action::reorder, &Registration::delivery);
        if (found == held_.end()) {
            held_.push_back(registration);
            return;
        }
        overtaken = *found;
        held_.erase(found);
    }
    registration.deliver();
    overtaken->deliver();
}

/// Detached: what is late may be later than the end of the program.
void Deliveries::on_another_thread(std::function<void()> work) {
    std::thread{std::move(work)}.detach();
}

void Deliveries::inside_a_call() {
    if (!inside_next_call_.load(std::memory_order_relaxed) || !inside_next_call_.exchange(false)) {
        return;
    }
    std::vector<Registration> ready;
    {
        const std::lock_guard lock{mutex_};
        const auto is_for_here = [](const Registration& one) {
            return one.delivery == Action::held;
        };
        std::ranges::copy_if(held_, std::back_inserter(ready), is_for_here);
        std::erase_if(held_, is_for_here);
    }
    for (const Registration& registration : ready) {
        registration.deliver();
    }
}

std::size_t Deliveries::held() {
    const std::lock_guard lock{mutex_};
    return held_.size();
}

std::size_t Deliveries::deliver_held(bool newest_first) {
    std::vector<Registration> ready;
    {
        const std::lock_guard lock{mutex_};
        ready.swap(held_);
    }
    if (newest_first) {
        std::ranges::reverse(ready);
    }
    for (const Registration& registration : ready) {
        registration.deliver();
    }
    return ready.size();
}

}  // namespace layer
