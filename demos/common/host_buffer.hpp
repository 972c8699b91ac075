#pragma once

#include <juggle/opencl/finish_at_end.hpp>

#include <CL/opencl.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace common {

/// Host memory that the driver allocated, so that copies from and to it can run on their own
/// while the host does something else; drivers copy ordinary memory through the calling
/// thread. Nothing may be copying when it is destroyed, which `juggle::Resource` sees to.
template <class Element>
class HostBuffer {
public:
    HostBuffer(const cl::Context& context, const cl::CommandQueue& queue, std::size_t size)
        : queue_(queue),
          buffer_(context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, size * sizeof(Element)),
          data_(static_cast<Element*>(queue.enqueueMapBuffer(
              buffer_, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, size * sizeof(Element)))),
          size_(size) {}
    HostBuffer(HostBuffer&& other) noexcept
        : queue_(std::move(other.queue_)), buffer_(std::move(other.buffer_)),
          data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}
    HostBuffer& operator=(HostBuffer&&) = delete;
    ~HostBuffer() {
        if (data_ == nullptr) {
            return;
        }
        const juggle::opencl::FinishAtEnd unmapped{queue_};
        // The C function, for a destructor must not throw.
        ::clEnqueueUnmapMemObject(queue_(), buffer_(), data_, 0, nullptr, nullptr);
    }

    [[nodiscard]] Element* data() const noexcept { return data_; }
    [[nodiscard]] std::span<Element> span() const noexcept { return {data_, size_}; }

private:
    cl::CommandQueue queue_;
    cl::Buffer buffer_;
    Element* data_;
    std::size_t size_;
};

}  // namespace common
