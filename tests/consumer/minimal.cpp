// Little of the library: what else comes with it is too much.
#include <juggle/executor.hpp>
#include <juggle/sleep.hpp>

#include <chrono>

juggle::Task<> wait() { co_await juggle::sleep_for(std::chrono::milliseconds{1}); }

int main() {
    juggle::Executor executor;
    executor.run(wait());
}
