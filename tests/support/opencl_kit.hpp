// What tests that are the same for several bridges need of OpenCL's: tests/bridges.
#pragma once

#include "support/opencl_device.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace kit {

namespace bridge = juggle::opencl;
using Device = support::Device;
using Event = cl::Event;
using Queue = cl::CommandQueue;
using DeviceBuffer = cl::Buffer;
using HostBuffer = std::vector<unsigned char>;

/// What others use keeps a context and a queue alive.
inline constexpr bool counts_references = true;
inline constexpr cl_int failure = -5;

/// What commands and tasks wait for until a test opens it, or lets it fail.
class Gate {
public:
    explicit Gate(const Device& device) : event{device.gate()} {}
    void open() const { settle(CL_COMPLETE); }
    void fail() const { settle(failure); }
    [[nodiscard]] bool is_open() const { return support::status_of(event) == CL_COMPLETE; }

    Event event;

private:
    void settle(cl_int status) const {
        support::check_cl(clSetUserEventStatus(event(), status), "clSetUserEventStatus");
    }
};
/// One that can fail, and may be opened as well.
using FailingGate = Gate;

/// The code of an error of the bridge's; zero if it is none.
inline cl_int code_of(const std::exception_ptr& error) { return support::error_status(error); }

inline juggle::EventStatus status(const Event& event) {
    return juggle::EventTraits<Event>::status(event);
}
inline Event record(const Queue& queue) { return bridge::marker(queue); }
inline void finish_on_host(const Queue& queue) { support::check_cl(queue.finish(), "clFinish"); }
/// The program has it no longer.
inline void release(Device* /*device*/, Queue& queue) { queue = Queue{}; }
/// One whose commands need not wait for each other.
inline Queue unordered_queue(const Device& device) {
    return device.queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
}

inline HostBuffer host_buffer(std::size_t bytes) { return HostBuffer(bytes); }
/// Of bytes that are all the same.
inline DeviceBuffer device_buffer(const Device& device, std::size_t bytes,
                                  unsigned char content = 0) {
    DeviceBuffer buffer = device.buffer(bytes);
    const Queue queue = device.queue();
    support::check_cl(queue.enqueueFillBuffer(buffer, content, 0, bytes), "clEnqueueFillBuffer");
    finish_on_host(queue);
    return buffer;
}

namespace detail {

/// Calls with a wait list of one event, or none, and the place for the command's event.
template <class Enqueue>
Event enqueue(const Event& after, const char* call, Enqueue enqueue) {
    std::vector<Event> list;
    if (after() != nullptr) {
        list.push_back(after);
    }
    Event event;
    support::check_cl(enqueue(list.empty() ? nullptr : &list, &event), call);
    return event;
}

}  // namespace detail

/// These do not start before `after`, if there is one, which is of the same queue or of none.
inline Event read(const Queue& queue, const DeviceBuffer& from, HostBuffer& to,
                  const Event& after = {}) {
    return detail::enqueue(after, "clEnqueueReadBuffer", [&](auto* list, Event* event) {
        return queue.enqueueReadBuffer(from, CL_FALSE, 0, to.size(), to.data(), list, event);
    });
}
inline Event write(const Queue& queue, const HostBuffer& from, const DeviceBuffer& to,
                   const Event& after = {}) {
    return detail::enqueue(after, "clEnqueueWriteBuffer", [&](auto* list, Event* event) {
        return queue.enqueueWriteBuffer(to, CL_FALSE, 0, from.size(), from.data(), list, event);
    });
}
inline Event copy(const Queue& queue, const DeviceBuffer& from, const DeviceBuffer& to,
                  std::size_t bytes, const Event& after = {}) {
    return detail::enqueue(after, "clEnqueueCopyBuffer", [&](auto* list, Event* event) {
        return queue.enqueueCopyBuffer(from, to, 0, 0, bytes, list, event);
    });
}

}  // namespace kit

#define KIT_TEST_CASE(...) DEVICE_TEST_CASE(__VA_ARGS__)
