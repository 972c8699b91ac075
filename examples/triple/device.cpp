// The hand-over is on the device: a buffer is passed on together with the event of the command that
// still uses it, and the next chunk's queue waits for that event. The host waits only where it
// touches memory itself, and the device always has its next commands already.

#include "buffers.hpp"
#include "common/status_on_signal.hpp"
#include "finish_at_end.hpp"
#include "modes.hpp"

#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

namespace triple {

namespace jcl = juggle::opencl;

namespace {

// [device]
juggle::Task<> process_one(Pipeline& p, Chunk chunk, HostTicket h_in, HostTicket h_out,
                           DeviceTicket d_in, DeviceTicket d_out) {
    std::vector<float>& in = co_await h_in.wait_events();  // the last upload has left h_in
    chunk.fill(in);

    co_await d_in.wait_device(p.upload);  // the *queue* waits: the last kernel has read d_in
    p.enqueue_write(p.upload, *d_in, in);
    const cl::Event uploaded = jcl::marker(p.upload);
    h_in.ready(uploaded);  // done with it here; the next chunk also waits for `uploaded`

    co_await d_out.wait_device(p.compute);
    jcl::wait_on(p.compute, uploaded);
    p.enqueue_triple(p.compute, *d_out, *d_in);
    const cl::Event computed = jcl::marker(p.compute);
    d_in.ready(computed);

    std::vector<float>& out = co_await h_out.wait_events();
    jcl::wait_on(p.download, computed);
    p.enqueue_read(p.download, *d_out, out);
    const cl::Event downloaded = jcl::marker(p.download);
    d_out.ready(downloaded);

    h_out.track(downloaded);  // `out` stays as long as the download, even if the wait is cancelled
    co_await downloaded;
    chunk.use(out);
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
    // Also those whose marker was refused.
    const FinishAtEnd commands_end_before_the_buffers{p, buffers};
    juggle::Executor executor{{.observer = p.timeline}};
    const common::StatusOnSignal status{executor};  // kill -USR1: what are the tasks doing?
    executor.run(stream(p, chunks, limits, buffers), stop);
}
// [/device-run]

}  // namespace triple
