// What a program makes of the templates of the library: each is instantiated with the warnings of
// whoever compiles it, which are not the library's own.
#include <juggle/juggle.hpp>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

juggle::Task<int> number(int value) {
    co_await juggle::yield();
    co_return value;
}

juggle::Generator<int> numbers() {
    co_yield 1;
    co_yield juggle::elements_of([]() -> juggle::Generator<int> { co_yield 2; }());
}

juggle::Task<> bounded_waits() {
    // In parentheses, since <curses.h> defines a macro that takes arguments (macros.hpp).
    co_await (juggle::timeout)(1s, juggle::sleep_for(1ns));
    (void)co_await juggle::deadline(juggle::Executor::current()->now() + 1s, number(1));
    (void)co_await juggle::shield(number(1));
    (void)co_await juggle::as_outcome(number(1));
    (void)co_await juggle::offload([] { return 1; });
}

juggle::Task<> together() {
    juggle::AsyncEvent event{true};
    (void)co_await juggle::when_all(number(1), event.wait());
    (void)co_await juggle::when_any(number(1), event.wait());
    (void)co_await juggle::when_all_settled(number(1), event.wait());
    std::vector<juggle::Task<int>> tasks;
    tasks.push_back(number(1));
    (void)co_await juggle::when_all(std::move(tasks));
    co_await juggle::with_task_group([](juggle::TaskGroup& group) -> juggle::Task<> {
        group.spawn(number(1));
        co_return;
    });
    juggle::JobQueue jobs{1};
    co_await jobs.push(number(1));
    co_await jobs.finish();
}

juggle::Task<> shared() {
    juggle::Resource<int> resource{1};
    juggle::ResourceRing<int> ring{std::vector<int>{1, 2}};
    {
        auto [mine, common] = co_await juggle::acquire_all(resource, juggle::shared(ring[0]));
        mine.ready();
        common.ready();
    }
    (void)co_await resource.use([](int& value) { return ++value; });
    juggle::Semaphore semaphore{1};
    const juggle::SemaphorePermit permit = co_await semaphore.acquire();
    juggle::Latch latch{1};
    co_await latch.arrive_and_wait();
}

juggle::Task<> streams() {
    juggle::Channel<int> channel{1};
    co_await channel.push(1);
    const std::optional<int> element = co_await channel.pop();
    juggle::ThreadChannel<int> from_threads{1};
    juggle::ThreadProducer<int> producer = from_threads.producer();
    (void)producer.try_push(element.value_or(0));
    (void)co_await from_threads.pop();
    juggle::ChannelToThread<int> to_threads{1};
    co_await to_threads.push(1);
    (void)to_threads.consumer().try_pop();
    std::vector<juggle::Generator<int>> sources;
    sources.push_back(numbers());
    juggle::Generator<int> merged = juggle::merge(std::move(sources));
    (void)co_await merged.next();
}

juggle::Task<> everything() {
    co_await bounded_waits();
    co_await together();
    co_await shared();
    co_await streams();
}

}  // namespace

int main() {
    juggle::Executor executor;
    executor.run(everything());
}
