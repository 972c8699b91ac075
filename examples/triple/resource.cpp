// The hand-over is on the host: a coroutine passes a buffer on when its command has ended, and the
// next chunk's command is enqueued only then. Right, but each hand-over is a trip to the host and
// back, in which the device waits.

#include "buffers.hpp"
#include "common/status_on_signal.hpp"
#include "finish_at_end.hpp"
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

    co_await d_in.wait_events();
    p.enqueue_write(p.upload, *d_in, in);
    const cl::Event uploaded = jcl::marker(p.upload);
    h_in.track(uploaded);
    co_await uploaded;
    h_in.ready();

    co_await d_out.wait_events();
    p.enqueue_triple(p.compute, *d_out, *d_in);
    const cl::Event computed = jcl::marker(p.compute);
    co_await computed;
    d_in.ready();

    std::vector<float>& out = co_await h_out.wait_events();
    p.enqueue_read(p.download, *d_out, out);
    const cl::Event downloaded = jcl::marker(p.download);
    h_out.track(downloaded);
    co_await downloaded;
    d_out.ready();

    chunk.use(out);
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
    // Also those whose marker was refused.
    const FinishAtEnd commands_end_before_the_buffers{p, buffers};
    juggle::Executor executor{{.observer = p.timeline}};
    const common::StatusOnSignal status{executor};  // kill -USR1: what are the tasks doing?
    executor.run(stream(p, chunks, limits, buffers), stop);
}

}  // namespace triple
