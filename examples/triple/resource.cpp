// The hand-over is on the host: a coroutine passes a buffer on when its command has ended, and the
// next chunk's command is enqueued only then. Right, but each hand-over is a trip to the host and
// back, in which the device waits.

#include "buffers.hpp"
#include "common/status_on_signal.hpp"
#include "modes.hpp"

#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

namespace triple {

namespace jcl = juggle::opencl;

namespace {

// [resource]
juggle::Task<> process_one(Pipeline& p, Chunk chunk, HostTicket h_in, HostTicket h_out,
                           DeviceTicket d_in, DeviceTicket d_out) {
    std::vector<float>& in = co_await h_in.wait_events();
    chunk.fill(in);

    const cl::Event uploaded =
        co_await jcl::enqueue(p.upload, h_in, d_in, [&](jcl::Commands& commands) {
            p.enqueue_write(p.upload, *d_in, in, &commands);
        });
    co_await uploaded;
    h_in.ready();

    const cl::Event computed =
        co_await jcl::enqueue(p.compute, d_in, d_out, [&](jcl::Commands& commands) {
            p.enqueue_triple(p.compute, *d_out, *d_in, &commands);
        });
    co_await computed;
    d_in.ready();

    const cl::Event downloaded =
        co_await jcl::enqueue(p.download, d_out, h_out, [&](jcl::Commands& commands) {
            p.enqueue_read(p.download, *d_out, *h_out, &commands);
        });
    co_await downloaded;
    d_out.ready();

    chunk.use(*h_out);
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

}  // namespace triple
