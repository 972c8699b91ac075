// Calls that block run on other threads, at most two at one time, while the tasks await them.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <filesystem>
#include <string>

juggle::Task<bool> exists(juggle::ThreadPool& disk, std::string path) {
    co_return co_await juggle::offload(disk, [&path] { return std::filesystem::exists(path); });
}

juggle::Task<> look(juggle::ThreadPool& disk) {
    const auto [here, root, nowhere] = co_await juggle::when_all(
        exists(disk, "."), exists(disk, "/"), exists(disk, "/no/such/folder"));
    std::printf("%d %d %d\n", here, root, nowhere);
}

int main() {
    juggle::ThreadPool disk{2};
    juggle::Executor executor;
    executor.run(look(disk));
}

// prints:
// 1 1 0
