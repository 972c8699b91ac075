// What tests that are the same for several bridges need of CUDA's: tests/bridges.
#pragma once

#include "support/cuda_device.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace kit {

namespace bridge = juggle::cuda;
using Device = support::CudaDevice;
using Event = juggle::cuda::Event;
using Queue = CUstream;
using DeviceBuffer = support::DeviceBuffer;
using HostBuffer = juggle::cuda::PinnedBuffer<unsigned char>;

/// A context that is destroyed is gone, whoever uses it.
inline constexpr bool counts_references = false;
inline constexpr CUresult failure = CUDA_ERROR_LAUNCH_FAILED;

/// What commands and tasks wait for until a test opens it, with a stream of its own.
class Gate {
public:
    explicit Gate(Device& device)
        : stream_{new Stream{device, device.stream()}}, gate_{stream_->stream}, event{gate_.event} {
    }
    void open() const { gate_.open(); }
    [[nodiscard]] bool is_open() const { return gate_.is_open(); }

private:
    struct Stream {
        Device& device;
        CUstream stream;
    };
    /// What is in it is done all the same.
    struct Destroy {
        void operator()(Stream* own) const {
            own->device.destroy(own->stream);
            delete own;
        }
    };

    std::unique_ptr<Stream, Destroy> stream_;
    support::Gate gate_;

public:
    Event event;
};

/// One that can fail, and may be opened as well: it has a context of its own.
class FailingGate {
public:
    explicit FailingGate(Device& /*device*/)
        : own_{std::make_unique<Device>()}, gate_{own_->gate()}, event{gate_.event} {
        CUcontext popped = nullptr;
        support::check_cu(cuCtxPopCurrent(&popped), "cuCtxPopCurrent");
    }
    void open() const { gate_.open(); }
    void fail() const { own_->fail(failure); }
    [[nodiscard]] bool is_open() const { return gate_.is_open(); }

private:
    std::unique_ptr<Device> own_;
    support::Gate gate_;

public:
    Event event;
};

/// The code of an error of the bridge's; zero if it is none.
inline CUresult code_of(const std::exception_ptr& error) { return support::error_code(error); }

inline juggle::EventStatus status(const Event& event) { return event.status(); }
inline Event record(Queue queue) { return bridge::record(queue); }
inline void finish_on_host(Queue queue) {
    support::check_cu(cuStreamSynchronize(queue), "cuStreamSynchronize");
}
/// The program has it no longer.
inline void release(Device* device, Queue& queue) {
    device->destroy(std::exchange(queue, nullptr));
}
/// There is none whose commands need not wait for each other.
inline Queue unordered_queue(Device& device) { return device.queue(); }

inline HostBuffer host_buffer(std::size_t bytes) { return HostBuffer{bytes}; }
/// Of bytes that are all the same.
inline DeviceBuffer device_buffer(Device& device, std::size_t bytes, unsigned char content = 0) {
    DeviceBuffer buffer{bytes};
    Queue queue = device.stream();
    support::check_cu(cuMemsetD8Async(buffer.address, content, bytes, queue), "cuMemsetD8Async");
    finish_on_host(queue);
    return buffer;
}

namespace detail {

template <class Enqueue>
Event enqueue(Queue queue, const Event& after, const char* call, Enqueue enqueue) {
    bridge::wait_on(queue, after);
    support::check_cu(enqueue(), call);
    return bridge::record(queue);
}

}  // namespace detail

/// These do not start before `after`, if there is one.
inline Event read(Queue queue, const DeviceBuffer& from, HostBuffer& to, const Event& after = {}) {
    return detail::enqueue(queue, after, "cuMemcpyDtoHAsync", [&] {
        return cuMemcpyDtoHAsync(to.data(), from.address, to.size(), queue);
    });
}
inline Event write(Queue queue, const HostBuffer& from, const DeviceBuffer& to,
                   const Event& after = {}) {
    return detail::enqueue(queue, after, "cuMemcpyHtoDAsync", [&] {
        return cuMemcpyHtoDAsync(to.address, from.data(), from.size(), queue);
    });
}
inline Event copy(Queue queue, const DeviceBuffer& from, const DeviceBuffer& to, std::size_t bytes,
                  const Event& after = {}) {
    return detail::enqueue(queue, after, "cuMemcpyDtoDAsync", [&] {
        return cuMemcpyDtoDAsync(to.address, from.address, bytes, queue);
    });
}

}  // namespace kit

#define KIT_TEST_CASE(...) CUDA_TEST_CASE(__VA_ARGS__)
