#include <juggle/cuda.hpp>
#include <juggle/juggle.hpp>

#include <cstdio>

juggle::Task<> wait() { co_await juggle::cuda::finish(nullptr); }

int main() {
    juggle::Executor executor;
    try {
        executor.run(wait());
        std::puts("waited");
    } catch (const juggle::cuda::Error& error) {  // there is no driver, or no context
        std::puts(error.what());
    }
}
