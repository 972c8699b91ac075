#pragma once

#include "device.hpp"

#include <array>
#include <initializer_list>
#include <span>

/// What the pipelines written by hand are made of.
namespace device {

/// The event of the latest command of its kind. The last one is waited for by the destructor, so
/// that no command outlives the memory that it uses.
class LatestEvent {
public:
    LatestEvent() = default;
    ~LatestEvent() {
        if (event_ != nullptr) {
            clWaitForEvents(1, &event_);
            clReleaseEvent(event_);
        }
    }
    LatestEvent(const LatestEvent&) = delete;
    LatestEvent& operator=(const LatestEvent&) = delete;

    void operator=(cl_event event) {
        if (event_ != nullptr) {
            clReleaseEvent(event_);
        }
        event_ = event;
    }
    void wait() const {
        if (event_ != nullptr) {
            check(clWaitForEvents(1, &event_), "clWaitForEvents");
        }
    }
    cl_event get() const { return event_; }

private:
    cl_event event_ = nullptr;
};

/// Events in a wait list, without those that there are not yet.
struct WaitList {
    std::array<cl_event, 4> events{};
    cl_uint count = 0;

    WaitList(std::initializer_list<cl_event> list) {
        for (cl_event event : list) {
            add(event);
        }
    }
    explicit WaitList(std::span<const cl::Event> list, cl_event another = nullptr) {
        for (const cl::Event& event : list) {
            add(event());
        }
        add(another);
    }
    const cl_event* data() const { return count == 0 ? nullptr : events.data(); }

private:
    void add(cl_event event) {
        if (event != nullptr) {
            events.at(count++) = event;
        }
    }
};

}  // namespace device
