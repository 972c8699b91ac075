// A thread fills buffers, tasks use them and give them back: a known number of them goes round.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

using Block = std::vector<float>;

void capture(const juggle::ThreadConsumer<Block>& free,
             const juggle::ThreadProducer<Block>& filled) {
    for (int number = 0; number < 10; ++number) {
        std::optional<Block> block = free.pop();  // sleeps until there is one
        if (!block) {
            return;  // the channel was closed
        }
        block->assign(4096, static_cast<float>(number));
        if (!filled.push(std::move(*block))) {
            return;
        }
    }
    filled.close();
}

juggle::Task<> process() {
    constexpr int buffers = 3;
    std::jthread card;  // is joined last: the channels' end wakes it, whatever happens here
    juggle::ChannelToThread<Block> free{buffers};
    juggle::ThreadChannel<Block> filled{buffers};
    for (int number = 0; number < buffers; ++number) {
        co_await free.push(Block(4096));
    }
    card = std::jthread{capture, free.consumer(), filled.producer()};
    int count = 0;
    while (std::optional<Block> block = co_await filled.pop()) {
        if (block->front() != static_cast<float>(count++)) {
            std::puts("out of order");
        }
        co_await free.push(std::move(*block));  // there is room for all of them
    }
    std::printf("%d blocks in %d buffers\n", count, buffers);
}

int main() {
    juggle::Executor executor;
    executor.run(process());
}

// prints:
// 10 blocks in 3 buffers
