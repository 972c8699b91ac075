#pragma once

#include "common/gpu/work_items.hpp"
#include "common/host_buffer.hpp"
#include "common/shown_command.hpp"

#include <juggle/opencl.hpp>
#include <juggle/timeline.hpp>

#include <CL/opencl.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace common::gpu {

class OpenClQueue;

/// What a queue is given: by the tickets of an `enqueue`, or without any. Each command is shown
/// under a name.
class OpenClCommands {
public:
    OpenClCommands(const OpenClQueue& queue, juggle::Timeline* timeline,
                   juggle::opencl::Commands* commands = nullptr) noexcept
        : queue_{queue}, timeline_{timeline}, commands_{commands} {}

    /// The memory of the host has to stay until the command has ended; so below.
    void write(const char* what, const cl::Buffer& to, std::size_t offset,
               std::span<const std::byte> from);
    void read(const char* what, std::span<std::byte> to, const cl::Buffer& from);
    void copy(const char* what, const cl::Buffer& to, std::size_t to_offset, const cl::Buffer& from,
              std::size_t from_offset, std::size_t bytes);
    /// Sets 32-bit words to zero.
    void clear(const char* what, const cl::Buffer& memory, std::size_t offset, std::size_t bytes);
    /// Arguments: numbers of the kernel's own type, and buffers.
    template <class... Arguments>
    void run(const char* what, cl::Kernel& kernel, const WorkItems& items, std::size_t rows,
             const Arguments&... arguments) {
        cl_uint place = 0;
        (kernel.setArg(place++, arguments), ...);
        run_kernel(what, kernel, items, rows);
    }

private:
    void run_kernel(const char* what, const cl::Kernel& kernel, const WorkItems& items,
                    std::size_t rows);

    const OpenClQueue& queue_;
    juggle::Timeline* timeline_;
    juggle::opencl::Commands* commands_;
};

/// An in-order queue. A copy is the same one.
class OpenClQueue {
public:
    using Commands = OpenClCommands;
    using NativeCommands = juggle::opencl::Commands&;

    OpenClQueue(cl::CommandQueue queue, juggle::Timeline* timeline)
        : queue_{std::move(queue)}, timeline_{timeline} {}

    [[nodiscard]] const cl::CommandQueue& native() const noexcept { return queue_; }
    // NOLINTNEXTLINE(google-explicit-constructor): it is one for FinishAtEnd
    operator const cl::CommandQueue&() const noexcept { return queue_; }
    /// Null unless its work is shown.
    [[nodiscard]] juggle::Timeline* timeline() const noexcept { return timeline_; }

    /// For what tickets are enqueued for.
    [[nodiscard]] OpenClCommands commands(NativeCommands native) const noexcept {
        return {*this, timeline_, &native};
    }
    /// For what goes without tickets, and is not shown.
    [[nodiscard]] OpenClCommands commands() const noexcept { return {*this, nullptr}; }
    /// Waits on the host for all that it was given.
    void finish() const { queue_.finish(); }

    /// See gpu::enqueue.
    template <class... Arguments>
    [[nodiscard]] auto enqueue(Arguments&&... arguments) const {
        return juggle::opencl::enqueue(queue_, std::forward<Arguments>(arguments)...);
    }

private:
    cl::CommandQueue queue_;
    juggle::Timeline* timeline_;
};

/// An OpenCL device as the pipelines of the demos use one; CudaDevice is its like.
class OpenClDevice {
public:
    using Queue = OpenClQueue;
    using Commands = OpenClCommands;
    using Event = cl::Event;
    using Memory = cl::Buffer;
    using Kernel = cl::Kernel;
    using Program = cl::Program;
    template <class T>
    using HostBuffer = common::HostBuffer<T>;
    template <class T>
    using Resource = juggle::opencl::Resource<T>;
    template <class... Kept>
    using FinishAtEnd = juggle::opencl::FinishAtEnd<Kept...>;

    /// As find_device.
    OpenClDevice(const std::string& platform, const std::string& device);

    OpenClDevice(cl::Context context, cl::Device device)
        : device_{std::move(device)}, context_{std::move(context)} {}

    /// "'<name>' (driver <version>)"
    [[nodiscard]] std::string description() const;
    /// How many neighbours a work-item should compute at a time: a power of two.
    [[nodiscard]] std::size_t vector_width() const;

    /// In order. If a timeline is to show it, it has a name there. A Stopwatch needs it `timed`.
    [[nodiscard]] Queue make_queue(juggle::Timeline* timeline, std::string_view name,
                                   bool timed = false) const;
    [[nodiscard]] Memory make_memory(std::size_t bytes) const {
        return {context_, CL_MEM_READ_WRITE, bytes};
    }
    /// With these numbers in it.
    [[nodiscard]] Memory make_table(std::vector<float> table) const {
        return {context_, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, table.size() * sizeof(float),
                table.data()};
    }
    /// Memory of the host that is copied from and to in the background.
    template <class T>
    [[nodiscard]] HostBuffer<T> make_host_buffer(const Queue& queue, std::size_t size) const {
        return {context_, queue.native(), size};
    }

    /// Throws Error with what the device's compiler says if it refuses the source.
    [[nodiscard]] Program build(const std::string& source,
                                const std::vector<std::string>& macros) const;
    [[nodiscard]] Kernel make_kernel(const Program& program, const char* name) const {
        return {program, name};
    }
    /// Groups of up to `size` work-items, or fewer where the device has no more.
    [[nodiscard]] WorkItems work_items(const Kernel& kernel, std::size_t columns,
                                       std::size_t size) const;

    /// How long a stage has taken, by the device's clock.
    class Stopwatch {
    public:
        Stopwatch(const OpenClDevice& /*device*/, bool /*runs*/) noexcept {}

        void start(const Commands& /*commands*/) noexcept {}
        void stop(const Commands& /*commands*/) noexcept {}

        /// Whether the stage had any commands; `last`: the event of the last one.
        [[nodiscard]] static bool has_run(const cl::Event& last) noexcept {
            return last() != nullptr;
        }
        /// Of the last command of a stage, which has ended: when the stage has begun, `possible` if
        /// it is known that it has several commands and could not have begun before, and when it
        /// has ended. Zero if the driver does not tell.
        [[nodiscard]] std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds> times(
            const cl::Event& last, std::optional<std::chrono::nanoseconds> possible) const;
    };

private:
    cl::Device device_;
    cl::Context context_;
};

}  // namespace common::gpu
