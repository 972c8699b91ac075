#pragma once

#include "support/cuda_device.hpp"

#include <juggle/job_queue.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace support {

namespace jcu = juggle::cuda;

/// How a pipeline gives its work to the streams.
enum class Gives {
    by_hand,  // waits, records and tracks
    by_enqueue,
};

/// Each with each way to be woken.
template <class Function>
void for_each_wake_and_way(Function function) {
    for (const jcu::Wake wake : wakes) {
        for (const Gives gives : {Gives::by_hand, Gives::by_enqueue}) {
            INFO("wake " << static_cast<int>(wake) << ", way " << static_cast<int>(gives));
            function(wake, gives);
        }
    }
}

/// Numbers that go up to the device, are tripled, and come down again, in three streams.
class Pipeline {
public:
    static constexpr std::size_t length = 64;
    static constexpr std::size_t bytes = length * sizeof(int);

    explicit Pipeline(CudaDevice& device, Gives gives)
        : gives_{gives}, upload_{device.stream()}, compute_{device.stream()},
          download_{device.stream()} {}

    /// All resources have been given back.
    [[nodiscard]] bool idle() const {
        return host_in_.idle() && host_out_.idle() && device_in_.idle() && device_out_.idle();
    }
    void clear_poison() {
        host_in_.clear_poison();
        host_out_.clear_poison();
        device_in_.clear_poison();
        device_out_.clear_poison();
    }
    /// Numbers that came down and are not those that were to.
    [[nodiscard]] std::ptrdiff_t wrong() const { return wrong_; }
    [[nodiscard]] int chunks() const { return chunks_; }
    /// Nothing came to what it should not, and nobody holds anything.
    [[nodiscard]] bool is_right() const { return idle() && wrong_ == 0; }
    /// All that it was to do last was done.
    [[nodiscard]] bool is_done() const { return chunks_ == to_do_; }

    juggle::Task<> run(int chunks) {
        to_do_ = chunks_ + chunks;
        juggle::JobQueue jobs{2};
        for (int chunk = 0; chunk < chunks; ++chunk) {
            co_await jobs.push(
                (this->*(gives_ == Gives::by_hand ? &Pipeline::process : &Pipeline::enqueue))(
                    chunk, host_in_.acquire(), host_out_.acquire(), device_in_.acquire(),
                    device_out_.acquire()));
        }
        co_await jobs.finish();
        co_await jcu::finish(download_);
    }

private:
    using Host = jcu::Resource<jcu::PinnedBuffer<int>>;
    using Device = jcu::Resource<DeviceBuffer>;

    static CUfunction triple() {
        static constexpr std::array<std::size_t, 2> sizes{sizeof(CUdeviceptr), sizeof(CUdeviceptr)};
        static CUfunction const function = juggle_cuda_simulation_add_kernel(
            [](const unsigned*, const unsigned*, void** parameters) {
                auto* out = static_cast<int*>(juggle_cuda_simulation_memory(
                    *static_cast<CUdeviceptr*>(parameters[0]), bytes));
                const auto* in = static_cast<const int*>(juggle_cuda_simulation_memory(
                    *static_cast<CUdeviceptr*>(parameters[1]), bytes));
                std::transform(in, in + length, out, [](int number) { return 3 * number; });
                return CUDA_SUCCESS;
            },
            sizes.data(), sizes.size());
        return function;
    }

    CUresult launch(CUdeviceptr out, CUdeviceptr in) const {
        std::array<void*, 2> parameters{&out, &in};
        return cuLaunchKernel(triple(), 1, 1, 1, 1, 1, 1, 0, compute_, parameters.data(), nullptr);
    }

    juggle::Task<> process(int chunk, Host::Allocation h_in, Host::Allocation h_out,
                           Device::Allocation d_in, Device::Allocation d_out) {
        jcu::PinnedBuffer<int>& in = co_await h_in.wait_events();
        std::ranges::fill(in, chunk);
        co_await d_in.wait_device(upload_);
        check_cu(cuMemcpyHtoDAsync(d_in->address, in.data(), bytes, upload_), "cuMemcpyHtoDAsync");
        const jcu::Event uploaded = track(upload_, h_in, d_in);
        h_in.ready(uploaded);
        co_await d_out.wait_device(compute_);
        jcu::wait_on(compute_, uploaded);
        check_cu(launch(d_out->address, d_in->address), "cuLaunchKernel");
        const jcu::Event computed = track(compute_, d_in, d_out);
        d_in.ready(computed);
        jcu::PinnedBuffer<int>& out = co_await h_out.wait_events();
        jcu::wait_on(download_, computed);
        check_cu(cuMemcpyDtoHAsync(out.data(), d_out->address, bytes, download_),
                 "cuMemcpyDtoHAsync");
        const jcu::Event downloaded = track(download_, d_out, h_out);
        d_out.ready(downloaded);
        co_await downloaded;
        check(out, chunk);
        h_out.ready();
    }

    /// The same.
    juggle::Task<> enqueue(int chunk, Host::Allocation h_in, Host::Allocation h_out,
                           Device::Allocation d_in, Device::Allocation d_out) {
        std::ranges::fill(co_await h_in.wait_events(), chunk);
        co_await jcu::enqueue(upload_, h_in, d_in, [&] {
            return cuMemcpyHtoDAsync(d_in->address, h_in->data(), bytes, upload_);
        });
        h_in.ready();
        co_await jcu::enqueue(compute_, d_in, d_out,
                              [&] { return launch(d_out->address, d_in->address); });
        d_in.ready();
        const jcu::Event downloaded = co_await jcu::enqueue(download_, d_out, h_out, [&] {
            return cuMemcpyDtoHAsync(h_out->data(), d_out->address, bytes, download_);
        });
        d_out.ready();
        co_await downloaded;
        check(*h_out, chunk);
        h_out.ready();
    }

    void check(const jcu::PinnedBuffer<int>& out, int chunk) {
        wrong_ += std::ranges::count_if(out, [chunk](int number) { return number != 3 * chunk; });
        ++chunks_;
    }

    /// What was enqueued is the tickets'.
    template <class... Tickets>
    static jcu::Event track(CUstream stream, Tickets&... tickets) {
        jcu::Event event = jcu::record(stream);
        (tickets.track(event), ...);
        return event;
    }

    Gives gives_;
    CUstream upload_;
    CUstream compute_;
    CUstream download_;
    Host host_in_{jcu::PinnedBuffer<int>{length}};
    Host host_out_{jcu::PinnedBuffer<int>{length}};
    Device device_in_{DeviceBuffer{bytes}};
    Device device_out_{DeviceBuffer{bytes}};
    // What could not be recorded ends before the memory goes, too.
    using WorkEnds = jcu::FinishAtEnd<Host, Host, Device, Device>;
    WorkEnds upload_ends_{upload_, host_in_, host_out_, device_in_, device_out_};
    WorkEnds compute_ends_{compute_, host_in_, host_out_, device_in_, device_out_};
    WorkEnds download_ends_{download_, host_in_, host_out_, device_in_, device_out_};
    std::ptrdiff_t wrong_ = 0;
    int chunks_ = 0;
    int to_do_ = 0;
};

}  // namespace support
