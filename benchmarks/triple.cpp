// The pipeline of the talk: fill, upload, multiply by three, download, use; one set of buffers, one
// in-order queue a stage. Chunks of 4 KiB are so little work that the control flow is what counts.

#include "benchmarks.hpp"
#include "chained_calls.hpp"
#include "device.hpp"
#include "measure.hpp"

#include <juggle/job_queue.hpp>
#include <juggle/opencl.hpp>

#include <cstddef>
#include <stdexcept>
#include <vector>

namespace {

namespace jcl = juggle::opencl;
using device::check;
using device::LatestEvent;
using device::WaitList;
using juggle::Executor;
using juggle::Task;

constexpr std::size_t chunk_floats = 1024;
constexpr std::size_t chunk_bytes = chunk_floats * sizeof(float);

/// Chunks that are streamed from the first fill to the last use, by one iteration of a benchmark.
constexpr int chunks_a_batch = 256;

/// What a chunk holds; small enough that a float holds its triple exactly.
float value_in(int chunk, std::size_t index) {
    return static_cast<float>(chunk * 16 + static_cast<int>(index));
}

void fill(std::vector<float>& in, int chunk) {
    for (std::size_t index = 0; index < in.size(); ++index) {
        in[index] = value_in(chunk, index);
    }
}

void use(const std::vector<float>& out, int chunk) {
    bool right = true;
    for (std::size_t index = 0; index < out.size(); ++index) {
        right = right && out[index] == 3 * value_in(chunk, index);
    }
    if (!right) {
        throw std::runtime_error{"the device did not multiply by three"};
    }
}

/// The device's side, the same for both programs.
struct Stages {
    device::Device device;
    cl::CommandQueue upload = device.queue();
    cl::CommandQueue compute = device.queue();
    cl::CommandQueue download = device.queue();
    cl::Kernel kernel = device.kernel(
        "__kernel void triple(__global float* out, __global const float* in) {"
        "    const size_t i = get_global_id(0);"
        "    out[i] = 3 * in[i];"
        "}",
        "triple");

    void enqueue_triple(cl_mem out, cl_mem in, cl_uint wait_count, const cl_event* wait_list,
                        cl_event* event) const {
        check(clSetKernelArg(kernel(), 0, sizeof out, &out), "clSetKernelArg");
        check(clSetKernelArg(kernel(), 1, sizeof in, &in), "clSetKernelArg");
        check(clEnqueueNDRangeKernel(compute(), kernel(), 1, nullptr, &chunk_floats, nullptr,
                                     wait_count, wait_list, event),
              "clEnqueueNDRangeKernel");
    }
};

// ---- juggle -------------------------------------------------------------------------------------

using HostBuffer = jcl::Resource<std::vector<float>>;
using DeviceBuffer = jcl::Resource<cl::Buffer>;

struct Pipeline : Stages {
    using Stages::enqueue_triple;
    void enqueue_triple(const cl::Buffer& out, const cl::Buffer& in,
                        jcl::Commands& commands) const {
        const std::vector<cl::Event>* const waits = commands.wait_list();
        const auto count = static_cast<cl_uint>(waits == nullptr ? 0 : waits->size());
        enqueue_triple(out(), in(), count, waits == nullptr ? nullptr : &(*waits)[0](),
                       &(*commands.event())());
    }

    HostBuffer h_in{std::vector<float>(chunk_floats)};
    HostBuffer h_out{std::vector<float>(chunk_floats)};
    DeviceBuffer d_in{device.buffer(chunk_bytes)};
    DeviceBuffer d_out{device.buffer(chunk_bytes)};
};

/// Each command through the tickets that it touches, as one writes it.
Task<> process(Pipeline& p, int chunk, HostBuffer::Allocation h_in, HostBuffer::Allocation h_out,
               DeviceBuffer::Allocation d_in, DeviceBuffer::Allocation d_out) {
    std::vector<float>& in = co_await h_in.wait_events();
    fill(in, chunk);

    co_await jcl::enqueue(p.upload, h_in, d_in, [&](jcl::Commands& commands) {
        check(p.upload.enqueueWriteBuffer(*d_in, CL_FALSE, 0, chunk_bytes, in.data(),
                                          commands.wait_list(), commands.event()),
              "clEnqueueWriteBuffer");
    });
    h_in.ready();

    co_await jcl::enqueue(p.compute, d_in, d_out, [&](jcl::Commands& commands) {
        p.enqueue_triple(*d_out, *d_in, commands);
    });
    d_in.ready();

    const cl::Event downloaded =
        co_await jcl::enqueue(p.download, d_out, h_out, [&](jcl::Commands& commands) {
            check(p.download.enqueueReadBuffer(*d_out, CL_FALSE, 0, chunk_bytes, h_out->data(),
                                               commands.wait_list(), commands.event()),
                  "clEnqueueReadBuffer");
        });
    d_out.ready();

    co_await downloaded;
    use(*h_out, chunk);
    h_out.ready();
}

/// With markers and barriers.
Task<> process_with_markers(Pipeline& p, int chunk, HostBuffer::Allocation h_in,
                            HostBuffer::Allocation h_out, DeviceBuffer::Allocation d_in,
                            DeviceBuffer::Allocation d_out) {
    std::vector<float>& in = co_await h_in.wait_events();
    fill(in, chunk);

    co_await d_in.wait_device(p.upload);
    check(p.upload.enqueueWriteBuffer(*d_in, CL_FALSE, 0, chunk_bytes, in.data()),
          "clEnqueueWriteBuffer");
    const cl::Event uploaded = jcl::marker(p.upload);
    h_in.ready(uploaded);

    co_await d_out.wait_device(p.compute);
    jcl::wait_on(p.compute, uploaded);
    p.enqueue_triple((*d_out)(), (*d_in)(), 0, nullptr, nullptr);
    const cl::Event computed = jcl::marker(p.compute);
    d_in.ready(computed);

    std::vector<float>& out = co_await h_out.wait_events();
    jcl::wait_on(p.download, computed);
    check(p.download.enqueueReadBuffer(*d_out, CL_FALSE, 0, chunk_bytes, out.data()),
          "clEnqueueReadBuffer");
    const cl::Event downloaded = jcl::marker(p.download);
    d_out.ready(downloaded);

    co_await downloaded;
    use(out, chunk);
    h_out.ready();
}

/// With the events and wait lists of the commands themselves, as the calls by hand have them.
Task<> process_with_wait_lists(Pipeline& p, int chunk, HostBuffer::Allocation h_in,
                               HostBuffer::Allocation h_out, DeviceBuffer::Allocation d_in,
                               DeviceBuffer::Allocation d_out) {
    std::vector<float>& in = co_await h_in.wait_events();
    fill(in, chunk);

    const WaitList before_upload{co_await d_in.wait()};
    cl::Event uploaded;
    check(clEnqueueWriteBuffer(p.upload(), (*d_in)(), CL_FALSE, 0, chunk_bytes, in.data(),
                               before_upload.count, before_upload.data(), &uploaded()),
          "clEnqueueWriteBuffer");
    check(p.upload.flush(), "clFlush");
    h_in.ready(uploaded);

    const WaitList before_compute{co_await d_out.wait(), uploaded()};
    cl::Event computed;
    p.enqueue_triple((*d_out)(), (*d_in)(), before_compute.count, before_compute.data(),
                     &computed());
    check(p.compute.flush(), "clFlush");
    d_in.ready(computed);

    std::vector<float>& out = co_await h_out.wait_events();
    cl::Event downloaded;
    check(clEnqueueReadBuffer(p.download(), (*d_out)(), CL_FALSE, 0, chunk_bytes, out.data(), 1,
                              &computed(), &downloaded()),
          "clEnqueueReadBuffer");
    check(p.download.flush(), "clFlush");
    d_out.ready(downloaded);

    co_await downloaded;
    use(out, chunk);
    h_out.ready();
}

using Process = decltype(&process);

template <Process process_chunk>
Task<> stream(Pipeline& p, juggle::JobQueue& jobs) {
    for (int chunk = 0; chunk < chunks_a_batch; ++chunk) {
        co_await jobs.push(process_chunk(p, chunk, p.h_in.acquire(), p.h_out.acquire(),
                                         p.d_in.acquire(), p.d_out.acquire()));
    }
    co_await jobs.finish();
}

// ---- by hand ------------------------------------------------------------------------------------

/// The same order of work on the host and on the device, each command with the events that it must
/// wait for. The host waits for an upload before it fills the buffer again and for a download
/// before it uses the result; meanwhile the next chunk is on its way.
class ChainedCalls : Stages {
public:
    void stream() {
        LatestEvent uploaded;
        LatestEvent computed;
        LatestEvent downloaded;
        for (int chunk = 0; chunk < chunks_a_batch; ++chunk) {
            uploaded.wait();
            fill(in_, chunk);
            cl_event event = nullptr;
            const WaitList before_upload{computed.get()};
            check(clEnqueueWriteBuffer(upload(), d_in_(), CL_FALSE, 0, chunk_bytes, in_.data(),
                                       before_upload.count, before_upload.data(), &event),
                  "clEnqueueWriteBuffer");
            uploaded = event;
            check(clFlush(upload()), "clFlush");

            const WaitList before_compute{uploaded.get(), downloaded.get()};
            enqueue_triple(d_out_(), d_in_(), before_compute.count, before_compute.data(), &event);
            computed = event;
            check(clFlush(compute()), "clFlush");

            if (chunk > 0) {
                downloaded.wait();
                use(out_, chunk - 1);
            }
            const WaitList before_download{computed.get()};
            check(clEnqueueReadBuffer(download(), d_out_(), CL_FALSE, 0, chunk_bytes, out_.data(),
                                      before_download.count, before_download.data(), &event),
                  "clEnqueueReadBuffer");
            downloaded = event;
            check(clFlush(download()), "clFlush");
        }
        downloaded.wait();
        use(out_, chunks_a_batch - 1);
    }

private:
    std::vector<float> in_ = std::vector<float>(chunk_floats);
    std::vector<float> out_ = std::vector<float>(chunk_floats);
    cl::Buffer d_in_ = device.buffer(chunk_bytes);
    cl::Buffer d_out_ = device.buffer(chunk_bytes);
};

// ---- one operation is one chunk
// ------------------------------------------------------------------

template <Process process_chunk>
Task<> triple(benchmark::State& state, Executor&) {
    Pipeline pipeline;
    juggle::JobQueue jobs{4};
    ChainedCalls by_hand;
    co_await stream<process_chunk>(pipeline, jobs);
    by_hand.stream();
    measure::Samples samples{state};
    const measure::Allocations allocations{state};
    while (state.KeepRunningBatch(chunks_a_batch)) {
        const auto start = measure::Samples::Clock::now();
        co_await stream<process_chunk>(pipeline, jobs);
        samples.add_since(start, chunks_a_batch);
        const auto start_by_hand = measure::Samples::Clock::now();
        by_hand.stream();
        samples.add_reference_since(start_by_hand, chunks_a_batch);
    }
}

void chained_c(benchmark::State& state) {
    measure::or_skip(state, [&state] {
        ChainedCalls pipeline;
        pipeline.stream();
        measure::Samples samples{state};
        const measure::Allocations allocations{state};
        while (state.KeepRunningBatch(chunks_a_batch)) {
            const auto start = measure::Samples::Clock::now();
            pipeline.stream();
            samples.add_since(start, chunks_a_batch);
        }
    });
}

}  // namespace

void register_triple_benchmarks() {
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("pipeline/triple", &measure::in_executor<triple<&process>>)->UseManualTime();
    RegisterBenchmark("pipeline/triple_markers",
                      &measure::in_executor<triple<&process_with_markers>>)
        ->UseManualTime();
    RegisterBenchmark("pipeline/triple_wait_lists",
                      &measure::in_executor<triple<&process_with_wait_lists>>)
        ->UseManualTime();
    RegisterBenchmark("reference/opencl_chained_c", &chained_c)->UseManualTime();
}
