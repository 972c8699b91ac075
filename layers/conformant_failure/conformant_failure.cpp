// The conformant failure layer, for tests: callbacks come for commands that fail too, as the
// specification asks for and PoCL before 7.0 does not do.
//
// PoCL 3.1 never calls a CL_COMPLETE callback that was registered before its command failed, and
// calls one that is registered after it with status 0. Here each is called once, with the real
// status.

#include "common/layer.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <vector>

namespace layer {

const char* const name = "juggle-cl-conformant-failure";

namespace {

using Function = void(CL_CALLBACK*)(cl_event, cl_int, void*);

/// A callback that the program has registered; its event is retained.
struct Registration {
    cl_event event;
    Function function;
    void* user_data;
};

cl_int status_of(cl_event event) {
    cl_int status = CL_QUEUED;
    below().clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status,
                           nullptr);
    return status;
}

/// The callbacks that have not been called, by a number that the driver is given as `user_data`:
/// whoever takes one out, the driver or the layer, calls it. From the first failure on a thread
/// looks after them: PoCL does not tell which other commands a failure reaches, nor when.
class Registry {
public:
    static Registry& instance() {
        // Never destroyed: the driver's threads may call while the program ends.
        alignas(Registry) static std::byte storage[sizeof(Registry)];
        static auto* const registry = ::new (storage) Registry;
        return *registry;
    }

    [[nodiscard]] std::uintptr_t add(const Registration& registration) {
        below().clRetainEvent(registration.event);
        release_retired();
        const std::lock_guard lock{mutex_};
        waiting_.emplace(++last_number_, registration);
        return last_number_;
    }

    /// PoCL dies when a user event's last reference is released in its own callback.
    void release_later(cl_event event) {
        const std::lock_guard lock{mutex_};
        retired_.push_back(event);
    }

    [[nodiscard]] std::optional<Registration> take(std::uintptr_t number) {
        const std::lock_guard lock{mutex_};
        const auto found = waiting_.find(number);
        if (found == waiting_.end()) {
            return std::nullopt;
        }
        const Registration registration = found->second;
        waiting_.erase(found);
        return registration;
    }

    void deliver_failures() {
        for (const Registration& one : take_failed()) {
            one.function(one.event, status_of(one.event), one.user_data);
            below().clReleaseEvent(one.event);
        }
    }

    void something_failed() {
        deliver_failures();
        std::call_once(watching_, [this] {
            std::thread{[this] {
                for (;;) {
                    std::this_thread::sleep_for(std::chrono::milliseconds{1});
                    deliver_failures();
                }
            }}.detach();
        });
    }

private:
    void release_retired() {
        std::vector<cl_event> retired;
        {
            const std::lock_guard lock{mutex_};
            retired.swap(retired_);
        }
        for (cl_event event : retired) {
            below().clReleaseEvent(event);
        }
    }

    [[nodiscard]] std::vector<Registration> take_failed() {
        std::vector<Registration> failed;
        const std::lock_guard lock{mutex_};
        std::erase_if(waiting_, [&failed](const auto& one) {
            if (status_of(one.second.event) >= 0) {
                return false;
            }
            failed.push_back(one.second);
            return true;
        });
        return failed;
    }

    std::mutex mutex_;
    std::map<std::uintptr_t, Registration> waiting_;  // in the order of registration
    std::vector<cl_event> retired_;
    std::uintptr_t last_number_ = 0;
    std::once_flag watching_;
};

void CL_CALLBACK driver_calls(cl_event event, cl_int status, void* number) {
    const auto registration = Registry::instance().take(reinterpret_cast<std::uintptr_t>(number));
    if (!registration) {
        return;  // the layer was first
    }
    // PoCL says 0 of an event that had failed before the registration.
    const cl_int real = std::min(status, status_of(event));
    registration->function(event, real, registration->user_data);
    Registry::instance().release_later(event);
}

cl_int CL_API_CALL set_event_callback(cl_event event, cl_int type, Function function,
                                      void* user_data) {
    cl_int current = CL_QUEUED;
    const bool valid = below().clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS,
                                              sizeof current, &current, nullptr) == CL_SUCCESS;
    if (!valid || function == nullptr || type != CL_COMPLETE) {
        return below().clSetEventCallback(event, type, function, user_data);
    }
    const std::uintptr_t number = Registry::instance().add({event, function, user_data});
    const cl_int code =
        below().clSetEventCallback(event, type, &driver_calls, reinterpret_cast<void*>(number));
    if (code != CL_SUCCESS && Registry::instance().take(number)) {
        below().clReleaseEvent(event);
    }
    return code;
}

cl_int CL_API_CALL set_user_event_status(cl_event event, cl_int status) {
    const cl_int code = below().clSetUserEventStatus(event, status);
    if (code == CL_SUCCESS && status < 0) {
        Registry::instance().something_failed();
    }
    return code;
}

}  // namespace

void install(cl_icd_dispatch& table) {
    table.clSetEventCallback = &set_event_callback;
    table.clSetUserEventStatus = &set_user_event_status;
}

}  // namespace layer
