// One queue, and a thread that waits for it: while the host works the device does nothing, and the
// other way round.

#include "modes.hpp"

namespace triple::ON_GPU {

// [sync]
void run_sync(Pipeline& p, Chunks& chunks, const std::stop_token& stop) {
    gpu::HostBuffer<float> in = p.host_buffer();
    gpu::HostBuffer<float> out = p.host_buffer();
    const gpu::Memory d_in = p.device_memory();
    const gpu::Memory d_out = p.device_memory();
    const gpu::FinishAtEnd commands_end_before_the_buffers{p.compute, in, out};

    while (chunks.more() && !stop.stop_requested()) {
        const Chunk chunk = chunks.next();
        chunk.fill(in.span());

        p.enqueue_write(p.compute, d_in, in);
        p.enqueue_triple(p.compute, d_out, d_in);
        p.enqueue_read(p.compute, d_out, out);
        p.compute.finish();  // the thread sleeps here

        chunk.use(out.span());
    }
}
// [/sync]

}  // namespace triple::ON_GPU
