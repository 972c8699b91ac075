// A resource is guarded by the events of any device: here by a mark that another thread sets.
#include <juggle/juggle.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <span>
#include <thread>

struct Fence {
    std::shared_ptr<std::atomic<bool>> passed = std::make_shared<std::atomic<bool>>(false);
};

template <>
struct juggle::EventTraits<Fence> {
    static EventStatus status(const Fence& fence) noexcept {
        return fence.passed->load() ? EventStatus::complete : EventStatus::pending;
    }
    static Task<> wait(std::span<const Fence> fences) {  // looks every millisecond
        for (const Fence& fence : fences) {
            while (status(fence) == EventStatus::pending) {
                co_await sleep_for(std::chrono::milliseconds{1});
            }
        }
    }
    static void wait_on_host(std::span<const Fence> fences) noexcept {
        for (const Fence& fence : fences) {
            fence.passed->wait(false);
        }
    }
};

juggle::Task<> use(juggle::Resource<int, Fence>& buffer, const Fence& fence) {
    auto ticket = co_await buffer.acquire();
    *ticket = 41;
    ticket.ready(fence);  // some device still uses the buffer
    const int value = co_await buffer.use([](int& number) { return ++number; });
    std::printf("%d, the fence was %s\n", value, fence.passed->load() ? "passed" : "ignored");
}

int main() {
    Fence fence;
    juggle::Resource<int, Fence> buffer{0};
    std::jthread device{[fence] {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        fence.passed->store(true);
        fence.passed->notify_all();
    }};
    juggle::Executor executor;
    executor.run(use(buffer, fence));
}

// prints:
// 42, the fence was passed
