// A thread feeds a channel, and sleeps when it is too far ahead of the task that takes from it.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <optional>
#include <thread>
#include <vector>

using Block = std::vector<float>;

void capture(const juggle::ThreadProducer<Block>& producer) {
    for (int number = 0; number < 10; ++number) {
        if (!producer.push(Block(4096, static_cast<float>(number)))) {  // sleeps when it is ahead
            return;                                                     // the channel was closed
        }
    }
    producer.close();
}

juggle::Task<> process() {
    std::jthread card;  // is joined last: the channel's end wakes it, whatever happens here
    juggle::ThreadChannel<Block> blocks{2};
    card = std::jthread{capture, blocks.producer()};
    int count = 0;
    while (const std::optional<Block> block = co_await blocks.pop()) {
        if (block->front() != static_cast<float>(count++)) {
            std::puts("out of order");
        }
    }
    std::printf("%d blocks\n", count);
}

int main() {
    juggle::Executor executor;
    executor.run(process());
}

// prints:
// 10 blocks
