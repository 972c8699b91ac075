// A device fills a buffer and a thread sends it: events of two kinds guard it in turn.
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <thread>
#include <vector>

namespace jcl = juggle::opencl;

/// What a thread has sent.
struct Sent {
    std::shared_ptr<std::atomic<bool>> done = std::make_shared<std::atomic<bool>>(false);
};

template <>
struct juggle::EventTraits<Sent> {
    static EventStatus status(const Sent& sent) noexcept {
        return *sent.done ? EventStatus::complete : EventStatus::pending;
    }
    static Task<> wait(std::span<const Sent> all) {
        for (const Sent& sent : all) {
            co_await offload([&sent] { sent.done->wait(false); });
        }
    }
    static void wait_on_host(std::span<const Sent> all) noexcept {
        for (const Sent& sent : all) {
            sent.done->wait(false);
        }
    }
};

using Buffer = juggle::Resource<std::vector<int>, juggle::OneOf<cl::Event, Sent>>;

juggle::Task<> stream(cl::Context context, cl::Device device) {
    cl::CommandQueue queue{context, device};
    std::vector<int> numbers{1, 2, 3};
    const std::size_t size = numbers.size() * sizeof(int);
    cl::Buffer source{context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, size, numbers.data()};
    Buffer buffer{std::vector<int>(3)};
    std::vector<std::thread> senders;
    for (int round = 0; round < 2; ++round) {
        auto filling = buffer.acquire();
        co_await jcl::enqueue(queue, filling, [&](jcl::Commands& commands) {
            return queue.enqueueReadBuffer(source, CL_FALSE, 0, size, filling->data(),
                                           commands.wait_list(), commands.event());
        });
        filling.ready();  // guarded by the download's event
        auto sending = buffer.acquire();
        const std::vector<int>& message = co_await sending.wait_events();
        const Sent sent;
        senders.emplace_back([&message, sent] {
            std::printf("sent %d %d %d\n", message[0], message[1], message[2]);
            *sent.done = true;
            sent.done->notify_all();
        });
        sending.ready(sent);  // guarded until the thread is done with it
    }
    for (std::thread& sender : senders) {
        sender.join();
    }
}

int main() {
    juggle::Executor executor;
    executor.run(stream(cl::Context::getDefault(), cl::Device::getDefault()));
}

// prints:
// sent 1 2 3
// sent 1 2 3
