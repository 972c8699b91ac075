// Two chunks at a time come from a device, each into a buffer that waits for its last copy to end.
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <cstdio>
#include <vector>

namespace jcl = juggle::opencl;
using Floats = std::vector<float>;

struct Pipeline {  // everything is allocated once
    cl::Context context{CL_DEVICE_TYPE_ALL};
    cl::CommandQueue queue{context};
    cl::Buffer buffer{context, CL_MEM_READ_WRITE, 4096};
    jcl::Resource<Floats> host[2]{jcl::Resource<Floats>{Floats(1024)},
                                  jcl::Resource<Floats>{Floats(1024)}};
};

juggle::Task<> process(Pipeline& p, jcl::ResourceAllocation<Floats> ticket, int number) {
    // This waits for the ticket's turn. The commands guard its memory, whatever happens here.
    const cl::Event copied = co_await jcl::enqueue(p.queue, ticket, [&](jcl::Commands& commands) {
        p.queue.enqueueFillBuffer(p.buffer, static_cast<float>(number), 0, 4096,
                                  commands.wait_list(), commands.event());
        p.queue.enqueueReadBuffer(p.buffer, CL_FALSE, 0, 4096, ticket->data(), commands.wait_list(),
                                  commands.event());
    });
    co_await copied;  // the thread does other things meanwhile
    std::printf("chunk %d: %g\n", number, static_cast<double>(ticket->front()));
    ticket.ready();  // the next one's turn
}

juggle::Task<> stream(Pipeline& p) {
    juggle::JobQueue jobs{2};  // at most two chunks in flight
    for (int number = 0; number < 4; ++number) {
        co_await jobs.push(process(p, p.host[number % 2].acquire(), number));
    }
    co_await jobs.finish();
}

int main() {
    Pipeline pipeline;
    juggle::Executor executor;
    executor.run(stream(pipeline));
}

// prints, in any order:
// chunk 0: 0
// chunk 1: 1
// chunk 2: 2
// chunk 3: 3
