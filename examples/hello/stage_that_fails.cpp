// When one stage of a pipeline fails the others are stopped, and who awaits them learns why.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <optional>
#include <stdexcept>

using Chunks = juggle::Channel<int>;

struct File {
    const char* name;
    ~File() { std::printf("%s is closed\n", name); }
};

juggle::Task<> read(Chunks& chunks) {
    const File file{"input"};
    for (int chunk = 0;; ++chunk) {  // without an end of its own
        co_await chunks.push(chunk);
    }
}

juggle::Task<> compute(Chunks& chunks, Chunks& results) {
    while (const std::optional<int> chunk = co_await chunks.pop()) {
        if (*chunk == 2) {
            throw std::runtime_error{"chunk 2 is damaged"};
        }
        co_await results.push(10 * *chunk);
    }
}

juggle::Task<> write(Chunks& results) {
    const File file{"output"};
    while (const std::optional<int> result = co_await results.pop()) {
        std::printf("result %d\n", *result);
    }
}

juggle::Task<> pipeline() {
    Chunks chunks{"chunks", 1};
    Chunks results{"results", 1};
    co_await juggle::when_all(read(chunks), compute(chunks, results), write(results));
}

int main() {
    juggle::Executor executor;
    try {
        executor.run(pipeline());
    } catch (const std::runtime_error& error) {
        std::printf("the pipeline has ended: %s\n", error.what());
    }
}

// prints:
// result 0
// result 10
// input is closed
// output is closed
// the pipeline has ended: chunk 2 is damaged
