// The hand-over is on the host: a coroutine passes a buffer on when its command has ended, and the
// next chunk's command is enqueued only then. Right, but each hand-over is a trip to the host and
// back, in which the device waits.

#include "buffers.hpp"
#include "common/status_on_signal.hpp"
#include "modes.hpp"

#include <juggle/juggle.hpp>

namespace triple::ON_GPU {

namespace {

// [resource]
juggle::Task<> process_one(Pipeline& p, Chunk chunk, HostTicket h_in, HostTicket h_out,
                           DeviceTicket d_in, DeviceTicket d_out) {
    gpu::HostBuffer<float>& in = co_await h_in.wait_events();
    chunk.fill(in.span());

    const gpu::Event uploaded =
        co_await gpu::enqueue(p.upload, h_in, d_in, [&](gpu::Commands& commands) {
            p.enqueue_write(commands, *d_in, in);
        });
    co_await uploaded;
    h_in.ready();

    const gpu::Event computed =
        co_await gpu::enqueue(p.compute, d_in, d_out, [&](gpu::Commands& commands) {
            p.enqueue_triple(commands, *d_out, *d_in);
        });
    co_await computed;
    d_in.ready();

    const gpu::Event downloaded =
        co_await gpu::enqueue(p.download, d_out, h_out, [&](gpu::Commands& commands) {
            p.enqueue_read(commands, *d_out, *h_out);
        });
    co_await downloaded;
    d_out.ready();

    chunk.use(h_out->span());
    h_out.ready();
}
// [/resource]

juggle::Task<> stream(Pipeline& p, Chunks& chunks, const Limits& limits, Buffers& buffers) {
    juggle::JobQueue jobs{limits.in_flight};
    while (chunks.more()) {
        juggle::Task<> job = process_one(
            p, chunks.next(), buffers.h_in.next().acquire(), buffers.h_out.next().acquire(),
            buffers.d_in.next().acquire(), buffers.d_out.next().acquire());
        co_await jobs.push(std::move(job));
    }
    co_await jobs.finish();
}

}  // namespace

void run_resource(Pipeline& p, Chunks& chunks, const Limits& limits, const std::stop_token& stop) {
    Buffers buffers{p, limits.buffers};
    juggle::Executor executor{{.observer = p.timeline}};
    const common::StatusOnSignal status{executor};  // kill -USR1: what are the tasks doing?
    executor.run(stream(p, chunks, limits, buffers), stop);
}

}  // namespace triple::ON_GPU
