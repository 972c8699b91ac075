// The environment is read once, so each case runs this program again.

#include "simulation.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

namespace {

struct Run {
    int status;
    std::string output;

    [[nodiscard]] bool says(const std::string& text) const {
        return output.find(text) != std::string::npos;
    }
};

/// What a hidden test case of this program says with some variables.
Run run(const std::string& variables, const std::string& test_case) {
    const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    const std::string command = "env " + variables + " '" + program + "' '" + test_case + "' 2>&1";
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    Run result{};
    std::array<char, 256> piece{};
    while (std::fgets(piece.data(), static_cast<int>(piece.size()), pipe) != nullptr) {
        result.output += piece.data();
    }
    result.status = ::pclose(pipe);
    return result;
}

void check_success(const std::string& variables, const std::string& test_case) {
    const Run ran = run(variables, test_case);
    INFO(ran.output);
    CHECK(ran.status == 0);
    CHECK(ran.says("All tests passed"));
}

void check_refusal(const std::string& variables, const std::string& message) {
    const Run ran = run(variables, "cuda simulation child: starts");
    INFO(ran.output);
    CHECK(ran.status != 0);
    CHECK(ran.says("juggle-cuda-simulation: " + message));
}

}  // namespace

TEST_CASE("cuda simulation child: starts", "[.]") { CHECK(cuInit(0) == CUDA_SUCCESS); }

TEST_CASE("cuda simulation child: has no device", "[.]") {
    CHECK(cuInit(0) == CUDA_ERROR_NO_DEVICE);
}

TEST_CASE("cuda simulation child: fails by a rule", "[.]") {
    CU(cuInit(0));
    CUcontext context = nullptr;
    CU(cuDevicePrimaryCtxRetain(&context, 0));
    CU(cuCtxPushCurrent(context));
    CHECK(cuStreamQuery(nullptr) == CUDA_SUCCESS);
    CHECK(cuStreamQuery(nullptr) == CUDA_ERROR_UNKNOWN);
}

TEST_CASE("cuda simulation child: stands still", "[.]") {
    CU(cuInit(0));
    CUcontext context = nullptr;
    CU(cuDevicePrimaryCtxRetain(&context, 0));
    CU(cuCtxPushCurrent(context));
    CU(cuEventRecord(support::new_event(), nullptr));
    CHECK(cuStreamQuery(nullptr) == CUDA_ERROR_NOT_READY);
    support::step(nullptr);
}

TEST_CASE("cuda simulation: the environment has rules, and says where to report") {
    const Run ran =
        run("JUGGLE_CUDA_SIM_FAULTS='cuStreamQuery#2=999' JUGGLE_CUDA_SIM_REPORT=/dev/stdout",
            "cuda simulation child: fails by a rule");
    INFO(ran.output);
    CHECK(ran.status == 0);
    CHECK(ran.says("injected cuStreamQuery 2 999\n"));
    CHECK(ran.says("calls cuStreamQuery 2\n"));
    CHECK(ran.says("calls cuInit 1\n"));
}

TEST_CASE("cuda simulation: there may be no device") {
    check_success("JUGGLE_CUDA_SIM_DEVICES=0", "cuda simulation child: has no device");
}

TEST_CASE("cuda simulation: streams may stand still from the beginning") {
    check_success("JUGGLE_CUDA_SIM_MANUAL=1", "cuda simulation child: stands still");
    check_success("JUGGLE_CUDA_SIM_MANUAL=0", "cuda simulation child: starts");
}

TEST_CASE("cuda simulation: a variable that makes no sense ends the program with a message") {
    check_refusal("JUGGLE_CUDA_SIM_FAULTS='cuInit=never'",
                  "JUGGLE_CUDA_SIM_FAULTS: rule 'cuInit=never': 'never' is none of <error>");
    check_refusal("JUGGLE_CUDA_SIM_REPORT=/nonexistent/file",
                  "cannot write JUGGLE_CUDA_SIM_REPORT '/nonexistent/file'");
    check_refusal("JUGGLE_CUDA_SIM_DEVICES=65",
                  "JUGGLE_CUDA_SIM_DEVICES: '65' is no number from 0 to 64");
    check_refusal("JUGGLE_CUDA_SIM_MANUAL=2", "JUGGLE_CUDA_SIM_MANUAL: '2' is neither 0 nor 1");
}
