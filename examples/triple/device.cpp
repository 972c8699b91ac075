// The hand-over is on the device: a buffer is passed on together with the event of the command that
// still uses it, and the next chunk's queue waits for that event. The host waits only where it
// touches memory itself, and the device always has its next commands already.

#include "buffers.hpp"
#include "common/status_on_signal.hpp"
#include "modes.hpp"

#include <juggle/juggle.hpp>

namespace triple::ON_GPU {

namespace {

// [device]
juggle::Task<> process_one(Pipeline& p, Chunk chunk, HostTicket h_in, HostTicket h_out,
                           DeviceTicket d_in, DeviceTicket d_out) {
    gpu::HostBuffer<float>& in = co_await h_in.wait_events();  // the last upload has left h_in
    chunk.fill(in.span());

    // The *command* waits until the last kernel has read d_in; the host does not.
    co_await gpu::enqueue(p.upload, h_in, d_in,
                          [&](gpu::Commands& commands) { p.enqueue_write(commands, *d_in, in); });
    h_in.ready();  // done with it here; the next chunk waits for the upload, too

    co_await gpu::enqueue(p.compute, d_in, d_out, [&](gpu::Commands& commands) {
        p.enqueue_triple(commands, *d_out, *d_in);
    });
    d_in.ready();

    const gpu::Event downloaded =
        co_await gpu::enqueue(p.download, d_out, h_out, [&](gpu::Commands& commands) {
            p.enqueue_read(commands, *d_out, *h_out);
        });
    d_out.ready();

    co_await downloaded;  // the host has to wait here: it reads
    chunk.use(h_out->span());
    h_out.ready();
}
// [/device]

// [stream]
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
// [/stream]

}  // namespace

// [device-run]
void run_device(Pipeline& p, Chunks& chunks, const Limits& limits, const std::stop_token& stop) {
    Buffers buffers{p, limits.buffers};
    juggle::Executor executor{{.observer = p.timeline}};
    const common::StatusOnSignal status{executor};  // kill -USR1: what are the tasks doing?
    executor.run(stream(p, chunks, limits, buffers), stop);
}
// [/device-run]

}  // namespace triple::ON_GPU
