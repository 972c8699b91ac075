#pragma once

#include "faults/rules.hpp"

#include <CL/cl.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace layer {

/// A callback that the program has registered, between the program and the driver.
struct Registration {
    using Function = void(CL_CALLBACK*)(cl_event, cl_int, void*);

    Function function;
    void* user_data;
    Action delivery;  // `fail` stands for: as the driver does it
    std::optional<unsigned> milliseconds;
    std::optional<cl_int> forged;
    cl_event event = nullptr;
    cl_int status = 0;  // what the driver said

    void deliver() const { function(event, forged.value_or(status), user_data); }
};

/// Brings callbacks to the program in every way but the usual one.
class Deliveries {
public:
    /// To be given to the driver as `user_data`. It stays here meanwhile: PoCL never calls for a
    /// command that fails.
    [[nodiscard]] Registration* lend(const Registration& registration);
    /// What the driver gives back, or did not accept.
    [[nodiscard]] Registration returned(void* user_data);

    /// The driver has called. For any thread.
    void due(const Registration& registration);

    /// An OpenCL call begins: what is to be delivered inside one is.
    void inside_a_call();

    [[nodiscard]] std::size_t held();
    std::size_t deliver_held(bool newest_first);

private:
    void hold(const Registration& registration);
    void let_another_overtake(const Registration& registration);
    static void on_another_thread(std::function<void()> work);

    std::mutex mutex_;
    std::vector<Registration> held_;
    std::unordered_map<void*, std::unique_ptr<Registration>> lent_;
    std::atomic<bool> inside_next_call_{false};
};

}  // namespace layer
