// Tasks that wait forever, each for something else, for gdb to look at.

#include <juggle/juggle.hpp>

#include <cstdio>

namespace waits {

juggle::Task<> use(juggle::Resource<int>& resource) { (co_await resource.acquire()).ready(); }

juggle::Task<> wait(juggle::AsyncEvent& event) { co_await event; }

juggle::Task<> take(juggle::Semaphore& permits, juggle::AsyncEvent& event) {
    const auto permit = co_await permits.acquire();
    co_await event;
}

juggle::Task<> take_both(juggle::Semaphore& permits) {
    const auto both = co_await permits.acquire(2);
}

juggle::Generator<int> numbers(juggle::AsyncEvent& event) {
    co_await event;
    co_yield 1;
}

juggle::Task<> merge(juggle::AsyncEvent& event) {
    auto merged = juggle::merge(numbers(event), numbers(event));
    (void)co_await merged.next();
}

juggle::Task<> push(juggle::Channel<int>& channel) {
    co_await channel.push(1);
    co_await channel.push(2);
}

juggle::Task<> join(const juggle::JoinHandle<>& task) { co_await task; }

juggle::Task<> inside(juggle::Resource<int>& held_outside) {
    juggle::AsyncEvent never{"never"};
    juggle::Semaphore permits{"permits", 2};
    juggle::Channel<int> channel{"channel", 1};
    juggle::JobQueue jobs{"jobs", 1};
    juggle::Executor& executor = *juggle::Executor::current();
    executor.spawn(use(held_outside)).detach();
    executor.spawn("taker", take(permits, never)).detach();
    executor.spawn(take_both(permits)).detach();
    const auto pushing = executor.spawn(push(channel));
    executor.spawn(merge(never)).detach();
    executor.spawn(join(pushing)).detach();
    co_await jobs.push(wait(never));
    co_await jobs.finish();
}

juggle::Task<> outside() {
    juggle::Resource<int> resource{"resource", 0};
    const auto held = co_await resource.acquire();
    juggle::Executor inner;
    inner.run(inside(resource));
}

}  // namespace waits

int main() {
    juggle::Executor executor;
    try {
        executor.run(waits::outside());
    } catch (const juggle::Deadlock& deadlock) {
        std::fputs(deadlock.what(), stderr);
    }
    return 1;
}
