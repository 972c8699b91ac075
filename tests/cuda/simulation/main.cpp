#include "before_init.hpp"
#include "support/run_tests.hpp"

#include <cstdlib>

int main(int argc, char* argv[]) {
    ::setenv("JUGGLE_CUDA_SIM_DEVICES", "2", 0);
    support::before_init = cuDeviceGetCount(nullptr);
    return support::run_tests(argc, argv);
}
