// WRONG, on purpose: several chunks at a time through three queues, but nobody looks after the
// buffers. Within a chunk each stage waits for the one before; between chunks nothing waits.

#include "common/status_on_signal.hpp"
#include "modes.hpp"
#include "ring.hpp"

#include <juggle/juggle.hpp>

namespace triple::ON_GPU {

namespace {

// [race]
juggle::Task<> process_one(Pipeline& p, Chunk chunk, gpu::HostBuffer<float>& in,
                           gpu::HostBuffer<float>& out, gpu::Memory& d_in, gpu::Memory& d_out) {
    chunk.fill(in.span());  // WRONG: an earlier chunk may not have left `in` yet

    p.enqueue_write(p.upload, d_in, in);  // WRONG: a kernel may still have to read `d_in`
    const gpu::Event uploaded = gpu::record(p.upload);

    gpu::wait_on(p.compute, uploaded);
    p.enqueue_triple(p.compute, d_out, d_in);  // WRONG: `d_out` may not have been downloaded yet
    const gpu::Event computed = gpu::record(p.compute);

    gpu::wait_on(p.download, computed);
    p.enqueue_read(p.download, d_out, out);  // WRONG: nobody may have looked at `out` yet
    const gpu::Event downloaded = gpu::record(p.download);

    co_await downloaded;
    chunk.use(out.span());
}
// [/race]

juggle::Task<> stream(Pipeline& p, Chunks& chunks, const Limits& limits,
                      Ring<gpu::HostBuffer<float>>& in, Ring<gpu::HostBuffer<float>>& out,
                      Ring<gpu::Memory>& d_in, Ring<gpu::Memory>& d_out) {
    juggle::JobQueue jobs{limits.in_flight};
    while (chunks.more()) {
        juggle::Task<> job =
            process_one(p, chunks.next(), in.next(), out.next(), d_in.next(), d_out.next());
        co_await jobs.push(std::move(job));
    }
    co_await jobs.finish();
}

}  // namespace

void run_race(Pipeline& p, Chunks& chunks, const Limits& limits, const std::stop_token& stop) {
    Ring<gpu::HostBuffer<float>> in{limits.buffers, [&] { return p.host_buffer(); }};
    Ring<gpu::HostBuffer<float>> out{limits.buffers, [&] { return p.host_buffer(); }};
    Ring<gpu::Memory> d_in{limits.buffers, [&] { return p.device_memory(); }};
    Ring<gpu::Memory> d_out{limits.buffers, [&] { return p.device_memory(); }};
    const gpu::FinishAtEnd uploads_end{p.upload, in};
    const gpu::FinishAtEnd kernels_end{p.compute};
    const gpu::FinishAtEnd downloads_end{p.download, out};

    juggle::Executor executor{{.observer = p.timeline}};
    const common::StatusOnSignal status{executor};  // kill -USR1: what are the tasks doing?
    executor.run(stream(p, chunks, limits, in, out, d_in, d_out), stop);
}

}  // namespace triple::ON_GPU
