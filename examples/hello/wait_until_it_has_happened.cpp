// Any number of tasks wait until something has happened once.
#include <juggle/juggle.hpp>

#include <cstdio>

struct Settings {
    int value = 0;
    juggle::AsyncEvent loaded;
};

juggle::Task<> use(const char* name, Settings& settings) {
    co_await settings.loaded;
    std::printf("%s sees %d\n", name, settings.value);
}

juggle::Task<> load(Settings& settings) {
    co_await juggle::yield();  // reads a file, say
    settings.value = 42;
    settings.loaded.set();
}

juggle::Task<> program() {
    Settings settings;
    co_await juggle::when_all(use("left", settings), use("right", settings), load(settings));
    co_await use("late", settings);  // need not wait any more
}

int main() {
    juggle::Executor executor;
    executor.run(program());
}

// prints:
// left sees 42
// right sees 42
// late sees 42
