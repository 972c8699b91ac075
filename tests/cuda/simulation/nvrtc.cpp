#include "compiled.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using support::Compiled;
using support::function;
using support::launch;
using support::load;
using support::Simulation;

namespace {

/// An environment variable for a while.
class Setting {
public:
    Setting(const char* name, const std::string& value) : name_{name} {
        if (const char* const before = std::getenv(name)) {
            before_ = before;
        }
        ::setenv(name, value.c_str(), 1);
    }
    Setting(const Setting&) = delete;
    Setting& operator=(const Setting&) = delete;
    ~Setting() {
        if (before_) {
            ::setenv(name_, before_->c_str(), 1);
        } else {
            ::unsetenv(name_);
        }
    }

private:
    const char* name_;
    std::optional<std::string> before_;
};

/// What a program's kernel `run(T* result)` leaves behind.
template <class T>
T result_of(const char* source, std::vector<const char*> options = {}) {
    const CUmodule module = load(source, std::move(options));
    const CUdeviceptr device = support::new_memory(sizeof(T));
    CU(launch(function(module, "run"), {1, 1, 1}, {1, 1, 1}, nullptr, device));
    CU(cuCtxSynchronize());
    T result;
    std::memcpy(&result, juggle_cuda_simulation_memory(device, sizeof(T)), sizeof(T));
    CU(cuModuleUnload(module));
    CU(cuMemFree(device));
    return result;
}

nvrtcResult code_of(const char* source, std::vector<const char*> options = {}) {
    return Compiled{source, std::move(options)}.result();
}

constexpr const char* nothing = R"(extern "C" __global__ void run() {})";

}  // namespace

TEST_CASE("nvrtc simulation: the log names the program, the line and the mistake") {
    const Compiled compiled{
        "\n\nextern \"C\" __global__ void run(int* to) {\n    *to = wrong;\n}\n"};
    CHECK(compiled.result() == NVRTC_ERROR_COMPILATION);
    CHECK(compiled.log().find("here.cu:4:") != std::string::npos);
    CHECK(compiled.log().find("wrong") != std::string::npos);
    std::size_t size = 0;
    CHECK(compiled.ptx_size(size) == NVRTC_ERROR_INVALID_PROGRAM);
}

TEST_CASE("nvrtc simulation: a mistake of the preprocessor is one of the program") {
    const Compiled compiled{"#include <vector>\n"};
    CHECK(compiled.result() == NVRTC_ERROR_COMPILATION);
    CHECK(compiled.log().find("here.cu:1:") != std::string::npos);
}

TEST_CASE("nvrtc simulation: what the threads of a block share is refused") {
    const Compiled shared{"\nextern \"C\" __global__ void run() { __shared__ int x; x = 1; }"};
    CHECK(shared.result() == NVRTC_ERROR_COMPILATION);
    CHECK(shared.log().starts_with("here.cu(2): error: __shared__: the simulation"));
    const Compiled barrier{
        "#define WAIT __syncthreads()\n"
        "extern \"C\" __global__ void run() { WAIT; }"};
    CHECK(barrier.result() == NVRTC_ERROR_COMPILATION);
    CHECK(barrier.log().starts_with("here.cu(2): error: __syncthreads: the simulation"));
    CHECK(code_of("// __shared__\nconst char* text = \"__shared__\";") == NVRTC_SUCCESS);
}

TEST_CASE("nvrtc simulation: macros are defined, and headers found") {
    const Simulation simulation;
    CHECK(
        result_of<int>("extern \"C\" __global__ void run(int* to) { *to = A * 100 + B * 10 + C; }",
                       {"-DA=1", "--define-macro=B=2", "-D", "C=3"}) == 123);
    const char* const text = "enum { from_header = 5 };\n";
    const char* const header_name = "numbers/five.h";
    nvrtcProgram program = nullptr;
    REQUIRE(nvrtcCreateProgram(&program, "#include \"numbers/five.h\"\nint x = from_header;",
                               nullptr, 1, &text, &header_name) == NVRTC_SUCCESS);
    CHECK(nvrtcCompileProgram(program, 0, nullptr) == NVRTC_SUCCESS);
    CHECK(nvrtcDestroyProgram(&program) == NVRTC_SUCCESS);
    CHECK(program == nullptr);
}

TEST_CASE("nvrtc simulation: an option is known, or named in the log") {
    CHECK(code_of(nothing, {"--std=c++11"}) == NVRTC_SUCCESS);
    CHECK(code_of(nothing, {"-std=c++20", "--fmad=true", "-default-device", "-lineinfo"}) ==
          NVRTC_SUCCESS);
    CHECK(code_of("template <auto> struct OfCpp17 {};", {"--std=c++14"}) ==
          NVRTC_ERROR_COMPILATION);
    for (const char* wrong : {"--gpu-architecture=sm_20", "--gpu-architecture=80", "--fmad=perhaps",
                              "--std=c++98", "--use_fast_math", "-D", "--nonsense"}) {
        const Compiled compiled{nothing, {wrong}};
        CHECK(compiled.result() == NVRTC_ERROR_INVALID_OPTION);
        CHECK(compiled.log().find(std::string{'\''} + wrong + '\'') != std::string::npos);
    }
}

TEST_CASE("nvrtc simulation: an image for a device is both PTX and CUBIN, for a virtual one PTX") {
    const Simulation simulation;
    const char* const source = "extern \"C\" __global__ void run(int* to) { *to = __CUDA_ARCH__; }";
    CHECK(result_of<int>(source, {"--gpu-architecture=compute_90"}) == 900);
    CHECK(result_of<int>(source, {"-arch=sm_80"}) == 800);
    CHECK(result_of<int>(source) == 750);
    const Compiled for_a_device{source, {"--gpu-architecture=sm_80"}};
    CU(cuModuleUnload(load(for_a_device.cubin())));
    const Compiled for_none{source, {"--gpu-architecture=compute_80"}};
    CHECK(for_none.cubin().empty());
    int count = 0;
    REQUIRE(nvrtcGetNumSupportedArchs(&count) == NVRTC_SUCCESS);
    std::vector<int> all(static_cast<std::size_t>(count));
    REQUIRE(nvrtcGetSupportedArchs(all.data()) == NVRTC_SUCCESS);
    CHECK(std::ranges::find(all, 80) != all.end());
}

#if defined(__x86_64__)
TEST_CASE("nvrtc simulation: multiplications and additions are one operation unless forbidden") {
    if (!__builtin_cpu_supports("fma")) {
        return;
    }
    const Simulation simulation;
    const Setting compiler{"CXX", "c++ -mfma"};
    // The product's last bit is lost by rounding, and shows where it is not rounded.
    const char* const source = R"(
        __device__ float rest(float a, float b, float c) { return a * b + c; }
        extern "C" __global__ void run(float* to) {
            volatile float a = 1.000244140625f;
            *to = rest(a, a, -1.00048828125f);
        }
    )";
    CHECK(result_of<float>(source) == 0x1p-24f);
    CHECK(result_of<float>(source, {"--fmad=true"}) == 0x1p-24f);
    CHECK(result_of<float>(source, {"--fmad=false"}) == 0.0f);
}
#endif

TEST_CASE("nvrtc simulation: atomic operations, vectors and functions are those of CUDA") {
    const Simulation simulation;
    CHECK(result_of<unsigned>(R"(
        extern "C" __global__ void run(unsigned* to) {
            unsigned u = 5;
            int i = -5;
            unsigned long long l = 1;
            float f = 1.5f;
            double d = 2.5;
            unsigned failed = 0;
            failed |= (atomicAdd(&u, 2u) != 5 || u != 7) << 0;
            failed |= (atomicSub(&u, 3u) != 7 || u != 4) << 1;
            failed |= (atomicMax(&i, -7) != -5 || i != -5 || atomicMin(&i, -7) != -5 || i != -7) << 2;
            failed |= (atomicCAS(&l, 2ull, 3ull) != 1 || l != 1 || atomicCAS(&l, 1ull, 3ull) != 1 ||
                       l != 3) << 3;
            failed |= (atomicExch(&u, 8u) != 4 || atomicOr(&u, 3u) != 8 || atomicAnd(&u, 9u) != 11 ||
                       atomicXor(&u, 1u) != 9 || u != 8) << 4;
            failed |= (atomicAdd(&f, 1.0f) != 1.5f || f != 2.5f || atomicAdd(&d, 1.0) != 2.5 ||
                       d != 3.5) << 5;
            failed |= (sizeof(float3) != 12 || sizeof(float4) != 16 || alignof(float2) != 8 ||
                       alignof(char4) != 4 || make_short4(1, 2, 3, 4).w != 4) << 6;
            failed |= (rint(2.5f) != 2.0f || fabsf(-1.0f) != 1.0f || sqrt(2.25) != 1.5 ||
                       fmaxf(1.0f, 2.0f) != 2.0f || max(1L, 2L) != 2 || min(3u, 2u) != 2) << 7;
            *to = failed;
        }
    )") == 0);
}

TEST_CASE("nvrtc simulation: without a compiler the log says so") {
    const Setting compiler{"CXX", "/no/such/compiler"};
    const Compiled compiled{nothing};
    CHECK(compiled.result() == NVRTC_ERROR_COMPILATION);
    CHECK(compiled.log().find("/no/such/compiler") != std::string::npos);
}

TEST_CASE("nvrtc simulation: programs are compiled by several threads at a time") {
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([] {
            nvrtcProgram program = nullptr;
            (void)nvrtcCreateProgram(&program, nothing, nullptr, 0, nullptr, nullptr);
            (void)nvrtcCompileProgram(program, 0, nullptr);
            (void)nvrtcDestroyProgram(&program);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST_CASE("nvrtc simulation: calls with nothing are refused") {
    nvrtcProgram program = nullptr;
    CHECK(nvrtcCreateProgram(nullptr, nothing, nullptr, 0, nullptr, nullptr) ==
          NVRTC_ERROR_INVALID_INPUT);
    CHECK(nvrtcCreateProgram(&program, nullptr, nullptr, 0, nullptr, nullptr) ==
          NVRTC_ERROR_INVALID_INPUT);
    CHECK(nvrtcCreateProgram(&program, nothing, nullptr, 1, nullptr, nullptr) ==
          NVRTC_ERROR_INVALID_INPUT);
    CHECK(nvrtcCompileProgram(nullptr, 0, nullptr) == NVRTC_ERROR_INVALID_PROGRAM);
    CHECK(nvrtcDestroyProgram(&program) == NVRTC_ERROR_INVALID_PROGRAM);
    std::size_t size = 0;
    CHECK(nvrtcGetPTXSize(nullptr, &size) == NVRTC_ERROR_INVALID_PROGRAM);
    CHECK(nvrtcVersion(nullptr, nullptr) == NVRTC_ERROR_INVALID_INPUT);
    int major = 0;
    int minor = 0;
    REQUIRE(nvrtcVersion(&major, &minor) == NVRTC_SUCCESS);
    CHECK(major == CUDA_VERSION / 1000);
    CHECK(nvrtcGetErrorString(NVRTC_ERROR_COMPILATION) == std::string{"NVRTC_ERROR_COMPILATION"});
}
