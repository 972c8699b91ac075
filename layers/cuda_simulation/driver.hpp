#pragma once

#include "cuda_simulation/allocations.hpp"
#include "cuda_simulation/context.hpp"
#include "cuda_simulation/cuda_simulation_control.h"
#include "cuda_simulation/event.hpp"
#include "cuda_simulation/image.hpp"
#include "cuda_simulation/memory.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <cuda.h>

namespace layer::cuda {

/// A function for `cuLaunchKernel`.
struct Kernel {
    std::function<CUresult(const unsigned* grid, const unsigned* block, void** parameters)> run;
    std::vector<juggle_cuda_simulation_parameter> parameters;
    ContextPtr context = nullptr;                  // null: good in all contexts
    std::shared_ptr<const Image> image = nullptr;  // what the function is in
};

struct Module {
    ContextPtr context;
    std::shared_ptr<const Image> image;
    std::map<std::string, CUfunction, std::less<>> functions = {};  // that were asked for
};

/// Of each device.
struct Limits {
    static constexpr std::size_t bytes = std::size_t{4} << 30U;
    static constexpr unsigned threads = 1024;
    static constexpr unsigned block[] = {1024, 1024, 64};
    static constexpr unsigned grid[] = {0x7fffffff, 65535, 65535};
};

struct Device {
    ContextPtr primary;  // null unless it is retained
    CUcontext primary_handle = nullptr;
    std::size_t retained = 0;
    CUresult lost = CUDA_SUCCESS;
};

/// All that the simulated driver knows. What is not private may be used with `mutex` held; a handle
/// is a number that is used once, so that one of something destroyed is known for what it is.
class Driver {
public:
    /// Never destroyed: threads of the program and of streams run while it ends.
    static Driver& instance();

    /// `cuInit`; false if the environment asks for a number of devices that is none.
    void start();

    std::mutex mutex;
    bool is_started = false;
    std::vector<Device> devices;
    std::unordered_map<CUcontext, ContextPtr> contexts;
    std::unordered_map<CUstream, StreamPtr> streams;
    std::unordered_map<CUevent, EventPtr> events;
    std::unordered_map<CUfunction, std::shared_ptr<Kernel>> kernels;
    std::unordered_map<CUmodule, Module> modules;
    std::unordered_set<CUgraph> graphs;
    std::unordered_set<const void*> orphans;  // handles of what went with its context
    Allocations<DeviceMemory> device_memory;
    Allocations<HostMemory> host_memory;

    template <class Handle>
    [[nodiscard]] Handle new_handle() {
        return reinterpret_cast<Handle>(next_handle_ += 16);
    }

    [[nodiscard]] ContextPtr make_context(CUdevice device, CUcontext handle);
    /// Discards what its streams have, and waits for what they are at.
    void destroy(std::unique_lock<std::mutex>& lock, const ContextPtr& context);
    /// The context's sticky error, unless it has one.
    void fail(Context& context, CUresult error);
    void lose(CUdevice device, CUresult error);

    /// Throws std::system_error if there is no thread for it.
    StreamPtr make_stream(const ContextPtr& context, CUstream handle, bool is_blocking);
    /// Its functions are none from now on; commands keep what they need.
    void unload(CUmodule module);
    /// Lets what a stream has left run, without anybody to ask for it.
    void close(const StreamPtr& stream);
    void forget(const Stream& stream);
    /// The stream, special ones with the calling thread's current context `current`; null: none.
    [[nodiscard]] StreamPtr find_stream(CUstream handle, const ContextPtr& current);
    void end_of_thread(std::thread::id thread);
    /// Special ones and those that were destroyed with work to do too.
    [[nodiscard]] const std::vector<StreamPtr>& all_streams() const noexcept {
        return all_streams_;
    }

    /// Puts a command into a stream, and what the legacy stream is about in front of it.
    void enqueue(Stream& stream, Command command);
    /// The ends of all streams of a context.
    [[nodiscard]] std::vector<PointPtr> ends(const Context& context) const;
    void settle(Point& point);
    void wait(std::unique_lock<std::mutex>& lock, const PointPtr& point);

    [[nodiscard]] bool is_manual() const noexcept { return is_manual_; }
    void set_manual(bool manual);
    [[nodiscard]] bool step(std::unique_lock<std::mutex>& lock, Stream& stream);
    [[nodiscard]] std::size_t step_all(std::unique_lock<std::mutex>& lock, unsigned seed);
    void set_time(std::optional<double> milliseconds) { time_ = milliseconds; }

private:
    Driver();

    void wake_all();
    [[nodiscard]] double now() const;

    std::condition_variable settled_;
    std::vector<StreamPtr> all_streams_;
    bool is_manual_ = false;
    std::optional<double> time_;
    // No address of a process can have one.
    std::uintptr_t next_handle_ = 0xc0da000000000000;
    unsigned long long last_context_id_ = 0;
};

/// The contexts of the calling thread, the current one last. Null is one too.
[[nodiscard]] std::vector<ContextPtr>& context_stack();

}  // namespace layer::cuda
