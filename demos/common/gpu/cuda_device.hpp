#pragma once

#include "common/cuda_driver.hpp"
#include "common/cuda_program.hpp"
#include "common/gpu/cuda_context.hpp"
#include "common/gpu/work_items.hpp"

#include <juggle/cuda.hpp>
#include <juggle/timeline.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <cuda.h>

namespace common::gpu {

/// Memory of a device. A copy is the same memory, which goes with the last of them.
class CudaMemory {
public:
    CudaMemory() = default;
    /// Throws CudaError.
    CudaMemory(const CudaContextPtr& context, std::size_t bytes);

    [[nodiscard]] CUdeviceptr address() const noexcept {
        return allocation_ == nullptr ? 0 : allocation_->address;
    }

private:
    struct Allocation {
        explicit Allocation(CudaContextPtr of) : context{std::move(of)} {}
        Allocation(const Allocation&) = delete;
        Allocation& operator=(const Allocation&) = delete;
        ~Allocation();

        CudaContextPtr context;
        CUdeviceptr address = 0;
    };

    std::shared_ptr<const Allocation> allocation_;
};

/// Page-locked memory of the host.
template <class T>
class CudaHostBuffer {
public:
    /// Throws CudaError, juggle::cuda::Error.
    CudaHostBuffer(CudaContextPtr context, std::size_t size)
        : context_{std::move(context)}, memory_{allocate(*context_, size)},
          span_{memory_.data(), size} {}

    [[nodiscard]] T* data() const noexcept { return span_.data(); }
    [[nodiscard]] std::span<T> span() const noexcept { return span_; }

private:
    static juggle::cuda::PinnedBuffer<T> allocate(const CudaContext& context, std::size_t size) {
        const CudaContextScope current{context.native()};
        return juggle::cuda::PinnedBuffer<T>{size};
    }

    CudaContextPtr context_;
    juggle::cuda::PinnedBuffer<T> memory_;
    std::span<T> span_;
};

class CudaQueue;

/// What a stream is given, by the tickets of an `enqueue`, or without any. Each command is shown
/// under a name. The stream's context is current meanwhile.
class CudaCommands {
public:
    /// Throws CudaError.
    CudaCommands(const CudaQueue& queue, juggle::Timeline* timeline);

    [[nodiscard]] CUstream stream() const noexcept;

    /// The memory of the host has to stay until the command has ended; so below.
    void write(const char* what, const CudaMemory& to, std::size_t offset,
               std::span<const std::byte> from);
    void read(const char* what, std::span<std::byte> to, const CudaMemory& from);
    void copy(const char* what, const CudaMemory& to, std::size_t to_offset, const CudaMemory& from,
              std::size_t from_offset, std::size_t bytes);
    /// Sets 32-bit words to zero.
    void clear(const char* what, const CudaMemory& memory, std::size_t offset, std::size_t bytes);
    /// Arguments: numbers of the kernel's own type, and memory.
    template <class... Arguments>
    void run(const char* what, const CudaKernel& kernel, const WorkItems& items, std::size_t rows,
             const Arguments&... arguments) {
        std::tuple values{native(arguments)...};
        std::apply(
            [&](auto&... value) {
                std::array<void*, sizeof...(Arguments)> addresses{static_cast<void*>(&value)...};
                run_kernel(what, kernel, items, rows, addresses.data());
            },
            values);
    }

private:
    template <class T>
    static T native(const T& number) {
        return number;
    }
    static CUdeviceptr native(const CudaMemory& memory) { return memory.address(); }

    void run_kernel(const char* what, const CudaKernel& kernel, const WorkItems& items,
                    std::size_t rows, void** arguments);

    const CudaQueue& queue_;
    juggle::Timeline* timeline_;
    CudaContextScope current_;
};

/// A stream. A copy is the same one.
class CudaQueue {
public:
    using Commands = CudaCommands;
    using NativeCommands = CUstream;

    /// Throws CudaError.
    CudaQueue(CudaContextPtr context, juggle::Timeline* timeline, std::string_view name);

    [[nodiscard]] CUstream native() const noexcept { return stream_->native; }
    // NOLINTNEXTLINE(google-explicit-constructor): it is one for FinishAtEnd
    operator CUstream() const noexcept { return native(); }
    [[nodiscard]] CUcontext context() const noexcept { return stream_->context->native(); }
    /// Null unless its work is shown.
    [[nodiscard]] juggle::Timeline* timeline() const noexcept { return timeline_; }

    /// For what tickets are enqueued for.
    [[nodiscard]] CudaCommands commands(NativeCommands /*stream*/) const {
        return {*this, timeline_};
    }
    /// For what goes without tickets, and is not shown.
    [[nodiscard]] CudaCommands commands() const { return {*this, nullptr}; }
    /// Waits on the host for all that it was given.
    void finish() const;

    /// See gpu::enqueue.
    template <class... Arguments>
    [[nodiscard]] auto enqueue(Arguments&&... arguments) const {
        return juggle::cuda::enqueue(native(), std::forward<Arguments>(arguments)...);
    }

private:
    struct Stream {
        explicit Stream(CudaContextPtr of);
        Stream(const Stream&) = delete;
        Stream& operator=(const Stream&) = delete;
        ~Stream();

        CudaContextPtr context;
        CUstream native = nullptr;
    };

    std::shared_ptr<const Stream> stream_;
    juggle::Timeline* timeline_;
};

/// A CUDA device as the pipelines of the demos use one; OpenClDevice is its like.
class CudaDevice {
public:
    using Queue = CudaQueue;
    using Commands = CudaCommands;
    using Event = juggle::cuda::Event;
    using Memory = CudaMemory;
    using Kernel = CudaKernel;
    using Program = CudaProgram;
    template <class T>
    using HostBuffer = CudaHostBuffer<T>;
    template <class T>
    using Resource = juggle::cuda::Resource<T>;
    template <class... Kept>
    using FinishAtEnd = juggle::cuda::FinishAtEnd<Kept...>;

    /// As find_cuda_device.
    explicit CudaDevice(const std::string& device)
        : context_{std::make_shared<const CudaContext>(find_cuda_device(device))} {}

    /// "'<name>' (CUDA <version that the driver supports>)"
    [[nodiscard]] std::string description() const;
    /// One: neighbours are the work of as many threads.
    [[nodiscard]] static std::size_t vector_width() noexcept { return 1; }

    /// If a timeline is to show it, it has a name there.
    [[nodiscard]] Queue make_queue(juggle::Timeline* timeline, std::string_view name,
                                   bool timed = false) const;
    [[nodiscard]] Memory make_memory(std::size_t bytes) const { return {context_, bytes}; }
    /// With these numbers in it.
    [[nodiscard]] Memory make_table(const std::vector<float>& table) const;
    /// Memory of the host that is copied from and to in the background.
    template <class T>
    [[nodiscard]] HostBuffer<T> make_host_buffer(const Queue& /*queue*/, std::size_t size) const {
        return {context_, size};
    }

    /// From OpenCL C. Throws Error as compile_by_nvrtc does, CudaError.
    [[nodiscard]] Program build(const std::string& source,
                                const std::vector<std::string>& macros) const;
    [[nodiscard]] Kernel make_kernel(const Program& program, const char* name) const;
    /// Groups of up to `size` work-items, or fewer where the kernel can have no more.
    [[nodiscard]] WorkItems work_items(const Kernel& kernel, std::size_t columns,
                                       std::size_t size) const;

    /// How long a stage has taken, by events around it.
    class Stopwatch {
    public:
        /// Throws CudaError.
        Stopwatch(const CudaDevice& device, bool runs);

        void start(const Commands& commands);
        void stop(const Commands& commands);

        /// Whether the stage had any commands.
        [[nodiscard]] bool has_run(const Event& /*last*/) const noexcept {
            return end_.event != nullptr;
        }
        /// When the stage, which has ended, has begun and ended. The end is now, and so a little
        /// late; the time between is the device's.
        [[nodiscard]] std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds> times(
            const Event& last, std::optional<std::chrono::nanoseconds> possible) const;

    private:
        struct Mark {
            Mark() = default;
            Mark(const Mark&) = delete;
            Mark& operator=(const Mark&) = delete;
            ~Mark();

            CudaContextPtr context;
            CUevent event = nullptr;
        };

        void record(Mark& mark, const Commands& commands);

        Mark begin_;
        Mark end_;
        bool runs_;
        CudaContextPtr context_;
    };

private:
    CudaContextPtr context_;
};

}  // namespace common::gpu
