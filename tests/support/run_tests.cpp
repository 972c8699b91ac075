#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
namespace {
using Listener = Catch::EventListenerBase;
}
#else
#include <cmath>
#if !defined(DBL_MAX_10_EXP)  // for Catch2 2.13; ziglang's macOS has it not always
#define DBL_MAX_10_EXP __DBL_MAX_10_EXP__
#endif
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
namespace {
using Listener = Catch::TestEventListenerBase;
}
#endif

#include "support/run_tests.hpp"
#include "support/torture.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

class CaseNames : public Listener {
public:
    using Listener::Listener;

    void testCaseStarting(const Catch::TestCaseInfo& test_case) override {
        const char* wanted = std::getenv("JUGGLE_NAME_CASES");
        if (wanted != nullptr && std::string_view{wanted} == "1") {
            std::printf("case: %s\n", test_case.name.c_str());
            std::fflush(stdout);
        }
    }
};

CATCH_REGISTER_LISTENER(CaseNames)

}  // namespace

int support::run_tests(int argc, char* argv[]) {
    const int failures = Catch::Session().run(argc, argv);
    if (whole_size()) {
        std::printf("%ld cases, %d failures\n", cases.load(), failures);
    }
    return failures;
}
