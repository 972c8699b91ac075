#include "faults/registrations.hpp"

#include <utility>

namespace layer {

Registration* Registrations::lend(const Registration& registration) {
    auto lent = std::make_unique<Registration>(registration);
    Registration* const address = lent.get();
    const std::lock_guard lock{mutex_};
    lent_.emplace(address, std::move(lent));
    return address;
}

Registration Registrations::returned(void* user_data) {
    const std::lock_guard lock{mutex_};
    const auto found = lent_.find(user_data);
    const Registration registration = *found->second;
    lent_.erase(found);
    return registration;
}

}  // namespace layer
