// The simulated driver is linked, for the tests call it too; the bridge loads it by its name.

#include "support/run_tests.hpp"

#include <cstdlib>

int main(int argc, char* argv[]) {
    ::setenv("JUGGLE_CUDA_LIBRARY", JUGGLE_TEST_CUDA_LIBRARY, 1);
    return support::run_tests(argc, argv);
}
