// A task awaits another as a function calls a function: results and exceptions come back.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>

juggle::Task<std::string> read_line(int number) {
    co_await juggle::sleep_for(std::chrono::milliseconds{1});
    if (number == 3) {
        throw std::runtime_error{"end of file"};
    }
    co_return "line " + std::to_string(number);
}

juggle::Task<int> read_all() {
    int lines = 0;
    try {
        for (;; ++lines) {
            const std::string line = co_await read_line(lines);
            std::puts(line.c_str());
        }
    } catch (const std::runtime_error& error) {
        std::puts(error.what());
    }
    co_return lines;
}

int main() {
    juggle::Executor executor;
    std::printf("%d lines\n", executor.run(read_all()));
}

// prints:
// line 0
// line 1
// line 2
// end of file
// 3 lines
