// A program that uses juggle::cuda on a machine without a driver, or with one that is none: the
// environment says which. It prints the error.

#include <juggle/cuda.hpp>

#include <cstdio>

int main() {
    for (int time = 0; time < 2; ++time) {  // it is looked for again
        try {
            (void)juggle::cuda::record(nullptr);
            return 1;
        } catch (const juggle::cuda::Error& error) {
            std::printf("%s\n%s, %s\n", error.what(), error.name(), error.call().c_str());
        }
    }
    const juggle::cuda::PinnedBuffer<int> none{0};  // needs no driver
    return 0;
}
