#pragma once

#include "common/deliveries.hpp"

#include <CL/cl.h>

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace layer {

/// A callback that the program has registered, between the program and the driver.
struct Registration {
    using Function = void(CL_CALLBACK*)(cl_event, cl_int, void*);

    Function function;
    void* user_data;
    Delivery delivery;
    std::optional<cl_int> forged;
    cl_event event = nullptr;
    cl_int status = 0;  // what the driver said

    void deliver() const { function(event, forged.value_or(status), user_data); }
};

/// Those that the driver has and has not called. They stay here meanwhile: PoCL never calls for a
/// command that fails.
class Registrations {
public:
    /// To be given to the driver as `user_data`.
    [[nodiscard]] Registration* lend(const Registration& registration);
    /// What the driver gives back, or did not accept.
    [[nodiscard]] Registration returned(void* user_data);

private:
    std::mutex mutex_;
    std::unordered_map<void*, std::unique_ptr<Registration>> lent_;
};

}  // namespace layer
