#define CATCH_CONFIG_RUNNER
#include "../support/torture.hpp"

#include <catch2/catch.hpp>

#include <cstdio>

int main(int argc, char* argv[]) {
    const int failures = Catch::Session().run(argc, argv);
    if (support::whole_size()) {
        std::printf("%ld cases, %d failures\n", support::cases.load(), failures);
    }
    return failures;
}
