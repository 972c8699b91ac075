// Three stages that keep the device busy for 5 ms each, for every chunk: how close the control flow
// comes to one chunk in 5 ms, which is all that a device with three engines can do.

#include "benchmarks.hpp"
#include "chained_calls.hpp"
#include "device.hpp"
#include "measure.hpp"

#include <juggle/job_queue.hpp>
#include <juggle/opencl.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <thread>

namespace {

namespace jcl = juggle::opencl;
using device::check;
using device::LatestEvent;
using device::WaitList;
using juggle::Executor;
using juggle::Task;

/// Chunks that are streamed from the first to the last by one iteration of a benchmark.
constexpr int chunks_a_batch = 40;

/// Buffers of each kind: one stage fills one while the next stage reads the other.
constexpr std::size_t buffers = 2;

/// One place for the number of a chunk: a stage passes on what it finds in its input.
struct Slot {
    int chunk = -1;
};

constexpr std::chrono::milliseconds stage_length{5};

struct StageArguments {
    const Slot* in;
    Slot* out;
};

/// Runs on a worker thread of the driver, which is an engine of the device meanwhile.
void CL_CALLBACK run_stage(void* arguments) {
    const auto& stage = *static_cast<const StageArguments*>(arguments);
    std::this_thread::sleep_for(stage_length);
    *stage.out = *stage.in;
}

void enqueue_stage(const cl::CommandQueue& queue, const Slot& in, Slot& out, cl_uint wait_count,
                   const cl_event* wait_list, cl_event* event) {
    StageArguments arguments{&in, &out};
    check(clEnqueueNativeKernel(queue(), &run_stage, &arguments, sizeof arguments, 0, nullptr,
                                nullptr, wait_count, wait_list, event),
          "clEnqueueNativeKernel");
}

struct Stages {
    device::Device device;
    cl::CommandQueue upload = device.queue();
    cl::CommandQueue compute = device.queue();
    cl::CommandQueue download = device.queue();

    Stages() {
        if (!device.runs_native_kernels()) {
            throw std::runtime_error{"the OpenCL device runs no native kernels"};
        }
        Slot in;
        Slot out;
        const auto start = std::chrono::steady_clock::now();
        enqueue_stage(compute, in, out, 0, nullptr, nullptr);
        check(clFinish(compute()), "clFinish");
        if (std::chrono::steady_clock::now() - start < stage_length) {
            throw std::runtime_error{"the OpenCL device's native kernels do not take their time"};
        }
    }
};

void use(const Slot& slot, int chunk) {
    if (slot.chunk != chunk) {
        throw std::runtime_error{"a chunk came out in the place of another"};
    }
}

// ---- juggle -------------------------------------------------------------------------------------

using Buffer = jcl::Resource<Slot>;

struct Pipeline : Stages {
    std::array<Buffer, buffers> h_in{Buffer{Slot{}}, Buffer{Slot{}}};
    std::array<Buffer, buffers> h_out{Buffer{Slot{}}, Buffer{Slot{}}};
    std::array<Buffer, buffers> d_in{Buffer{Slot{}}, Buffer{Slot{}}};
    std::array<Buffer, buffers> d_out{Buffer{Slot{}}, Buffer{Slot{}}};
};

Task<> process(Pipeline& p, int chunk, Buffer::Allocation h_in, Buffer::Allocation h_out,
               Buffer::Allocation d_in, Buffer::Allocation d_out) {
    Slot& in = co_await h_in.wait_events();
    in.chunk = chunk;

    co_await d_in.wait_device(p.upload);
    enqueue_stage(p.upload, in, *d_in, 0, nullptr, nullptr);
    const cl::Event uploaded = jcl::marker(p.upload);
    h_in.ready(uploaded);

    co_await d_out.wait_device(p.compute);
    jcl::wait_on(p.compute, uploaded);
    enqueue_stage(p.compute, *d_in, *d_out, 0, nullptr, nullptr);
    const cl::Event computed = jcl::marker(p.compute);
    d_in.ready(computed);

    Slot& out = co_await h_out.wait_events();
    jcl::wait_on(p.download, computed);
    enqueue_stage(p.download, *d_out, out, 0, nullptr, nullptr);
    const cl::Event downloaded = jcl::marker(p.download);
    d_out.ready(downloaded);

    co_await downloaded;
    use(out, chunk);
    h_out.ready();
}

Task<> stream(Pipeline& p, juggle::JobQueue& jobs) {
    for (int chunk = 0; chunk < chunks_a_batch; ++chunk) {
        const std::size_t slot = static_cast<std::size_t>(chunk) % buffers;
        co_await jobs.push(process(p, chunk, p.h_in[slot].acquire(), p.h_out[slot].acquire(),
                                   p.d_in[slot].acquire(), p.d_out[slot].acquire()));
    }
    co_await jobs.finish();
}

// ---- by hand ------------------------------------------------------------------------------------

class ChainedCalls : Stages {
public:
    void stream() {
        std::array<InFlight, buffers> sets;
        for (int chunk = 0; chunk < chunks_a_batch; ++chunk) {
            InFlight& set = sets[static_cast<std::size_t>(chunk) % buffers];
            set.uploaded.wait();
            set.h_in.chunk = chunk;
            cl_event event = nullptr;
            const WaitList before_upload{set.computed.get()};
            enqueue_stage(upload, set.h_in, set.d_in, before_upload.count, before_upload.data(),
                          &event);
            set.uploaded = event;
            check(clFlush(upload()), "clFlush");

            const WaitList before_compute{set.uploaded.get(), set.downloaded.get()};
            enqueue_stage(compute, set.d_in, set.d_out, before_compute.count, before_compute.data(),
                          &event);
            set.computed = event;
            check(clFlush(compute()), "clFlush");

            finish(set, chunk - static_cast<int>(buffers));
            const WaitList before_download{set.computed.get()};
            enqueue_stage(download, set.d_out, set.h_out, before_download.count,
                          before_download.data(), &event);
            set.downloaded = event;
            check(clFlush(download()), "clFlush");
        }
        for (int chunk = chunks_a_batch - static_cast<int>(buffers); chunk < chunks_a_batch;
             ++chunk) {
            finish(sets[static_cast<std::size_t>(chunk) % buffers], chunk);
        }
    }

    /// One after the other, as a program does that waits for each command.
    void stream_without_overlap() {
        Slot h_in;
        Slot h_out;
        Slot d_in;
        Slot d_out;
        for (int chunk = 0; chunk < chunks_a_batch; ++chunk) {
            h_in.chunk = chunk;
            enqueue_stage(upload, h_in, d_in, 0, nullptr, nullptr);
            check(clFinish(upload()), "clFinish");
            enqueue_stage(compute, d_in, d_out, 0, nullptr, nullptr);
            check(clFinish(compute()), "clFinish");
            enqueue_stage(download, d_out, h_out, 0, nullptr, nullptr);
            check(clFinish(download()), "clFinish");
            use(h_out, chunk);
        }
    }

private:
    /// A set of buffers and the commands that use them.
    struct InFlight {
        Slot h_in;
        Slot h_out;
        Slot d_in;
        Slot d_out;
        LatestEvent uploaded;
        LatestEvent computed;
        LatestEvent downloaded;
    };

    static void finish(const InFlight& set, int chunk) {
        if (chunk >= 0) {
            set.downloaded.wait();
            use(set.h_out, chunk);
        }
    }
};

// ---- one operation is one chunk -----------------------------------------------------------------

Task<> stages(benchmark::State& state, Executor&) {
    Pipeline pipeline;
    juggle::JobQueue jobs{4};
    ChainedCalls by_hand;
    co_await stream(pipeline, jobs);
    by_hand.stream();
    measure::Samples samples{state};
    const measure::Allocations allocations{state};
    while (state.KeepRunningBatch(chunks_a_batch)) {
        const auto start = measure::Samples::Clock::now();
        co_await stream(pipeline, jobs);
        samples.add_since(start, chunks_a_batch);
        const auto start_by_hand = measure::Samples::Clock::now();
        by_hand.stream();
        samples.add_reference_since(start_by_hand, chunks_a_batch);
    }
}

template <void (ChainedCalls::*stream_by_hand)()>
void chained_c(benchmark::State& state) {
    measure::or_skip(state, [&state] {
        ChainedCalls pipeline;
        (pipeline.*stream_by_hand)();
        measure::Samples samples{state};
        const measure::Allocations allocations{state};
        while (state.KeepRunningBatch(chunks_a_batch)) {
            const auto start = measure::Samples::Clock::now();
            (pipeline.*stream_by_hand)();
            samples.add_since(start, chunks_a_batch);
        }
    });
}

}  // namespace

void register_stages_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("pipeline/stages_5ms", &measure::in_executor<stages>)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
    RegisterBenchmark("reference/stages_5ms_c", &chained_c<&ChainedCalls::stream>)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
    RegisterBenchmark("reference/stages_5ms_sync",
                      &chained_c<&ChainedCalls::stream_without_overlap>)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
}
