#include <cstdio>
#include <thread>

int main() {
    const std::jthread thread{[] { std::puts("hello"); }};
}
