// The same loop as a coroutine: it waits for the queue without keeping the thread, which could do
// something else meanwhile. Here nothing else is there to be done, so it is no faster.

#include "common/status_on_signal.hpp"
#include "modes.hpp"

#include <juggle/juggle.hpp>

namespace triple::ON_GPU {

namespace {

// [async]
juggle::Task<> stream(Pipeline& p, Chunks& chunks, gpu::HostBuffer<float>& in,
                      gpu::HostBuffer<float>& out, const gpu::Memory& d_in,
                      const gpu::Memory& d_out) {
    while (chunks.more()) {
        const Chunk chunk = chunks.next();
        chunk.fill(in.span());

        p.enqueue_write(p.compute, d_in, in);
        p.enqueue_triple(p.compute, d_out, d_in);
        p.enqueue_read(p.compute, d_out, out);
        co_await gpu::finish(p.compute);  // the thread is free here

        chunk.use(out.span());
    }
}
// [/async]

}  // namespace

// [async-run]
void run_async(Pipeline& p, Chunks& chunks, const std::stop_token& stop) {
    gpu::HostBuffer<float> in = p.host_buffer();
    gpu::HostBuffer<float> out = p.host_buffer();
    const gpu::Memory d_in = p.device_memory();
    const gpu::Memory d_out = p.device_memory();
    const gpu::FinishAtEnd commands_end_before_the_buffers{p.compute, in, out};

    juggle::Executor executor{{.observer = p.timeline}};
    const common::StatusOnSignal status{executor};  // kill -USR1: what are the tasks doing?
    executor.run(stream(p, chunks, in, out, d_in, d_out), stop);
}
// [/async-run]

}  // namespace triple::ON_GPU
