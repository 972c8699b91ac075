#include "common/nvrtc.hpp"

#include "common/error.hpp"
#include "common/shared_library.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include <nvrtc.h>

#define COMMON_NVRTC_FUNCTIONS(function) \
    function(nvrtcGetErrorString);       \
    function(nvrtcGetNumSupportedArchs); \
    function(nvrtcGetSupportedArchs);    \
    function(nvrtcCreateProgram);        \
    function(nvrtcDestroyProgram);       \
    function(nvrtcCompileProgram);       \
    function(nvrtcGetProgramLogSize);    \
    function(nvrtcGetProgramLog);        \
    function(nvrtcGetCUBINSize);         \
    function(nvrtcGetCUBIN);             \
    function(nvrtcGetPTXSize);           \
    function(nvrtcGetPTX)

namespace common {
namespace {

struct Nvrtc {
#define COMMON_NVRTC_DECLARE(name) decltype(&::name) name = nullptr
    COMMON_NVRTC_FUNCTIONS(COMMON_NVRTC_DECLARE);
#undef COMMON_NVRTC_DECLARE
};

Nvrtc load_nvrtc() {
    const SharedLibrary library{
        "JUGGLE_NVRTC_LIBRARY",
        {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"},
        "there is no NVRTC, which compiles the kernels (it comes with the CUDA toolkit)"};
    Nvrtc nvrtc;
#define COMMON_NVRTC_FIND(name) library.find(nvrtc.name, #name)
    COMMON_NVRTC_FUNCTIONS(COMMON_NVRTC_FIND);
#undef COMMON_NVRTC_FIND
    return nvrtc;
}

const Nvrtc& nvrtc() {
    static const Nvrtc functions = load_nvrtc();
    return functions;
}

void check_nvrtc(nvrtcResult result, const char* call) {
    if (result != NVRTC_SUCCESS) {
        throw Error(std::string{call} + " failed with " + nvrtc().nvrtcGetErrorString(result));
    }
}

#define COMMON_NVRTC(name, ...) check_nvrtc(nvrtc().name(__VA_ARGS__), #name)

class Program {
public:
    explicit Program(const std::string& source) {
        COMMON_NVRTC(nvrtcCreateProgram, &program_, source.c_str(), "kernels", 0, nullptr, nullptr);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() { static_cast<void>(nvrtc().nvrtcDestroyProgram(&program_)); }

    void compile(const std::vector<std::string>& options) {
        std::vector<const char*> raw;
        std::ranges::transform(options, std::back_inserter(raw),
                               [](const std::string& option) { return option.c_str(); });
        const nvrtcResult result =
            nvrtc().nvrtcCompileProgram(program_, static_cast<int>(raw.size()), raw.data());
        if (result == NVRTC_ERROR_COMPILATION || result == NVRTC_ERROR_INVALID_OPTION) {
            throw Error("NVRTC refuses the kernels:\n" + get(nvrtc().nvrtcGetProgramLogSize,
                                                             nvrtc().nvrtcGetProgramLog,
                                                             "nvrtcGetProgramLog"));
        }
        check_nvrtc(result, "nvrtcCompileProgram");
    }

    [[nodiscard]] std::string cubin() const {
        return get(nvrtc().nvrtcGetCUBINSize, nvrtc().nvrtcGetCUBIN, "nvrtcGetCUBIN");
    }
    [[nodiscard]] std::string ptx() const {
        return get(nvrtc().nvrtcGetPTXSize, nvrtc().nvrtcGetPTX, "nvrtcGetPTX");
    }

private:
    template <class SizeOf, class Get>
    std::string get(SizeOf size_of, Get function, const char* call) const {
        std::size_t size = 0;
        check_nvrtc(size_of(program_, &size), call);
        std::string bytes(size, '\0');
        check_nvrtc(function(program_, bytes.data()), call);
        return bytes;
    }

    nvrtcProgram program_ = nullptr;
};

std::vector<int> supported_architectures() {
    int count = 0;
    COMMON_NVRTC(nvrtcGetNumSupportedArchs, &count);
    std::vector<int> all(static_cast<std::size_t>(count));
    COMMON_NVRTC(nvrtcGetSupportedArchs, all.data());
    std::ranges::sort(all);
    return all;
}

}  // namespace

std::string compile_by_nvrtc(const std::string& source, std::vector<std::string> options,
                             int architecture) {
    const std::vector<int> known = supported_architectures();
    const auto next = std::ranges::upper_bound(known, architecture);
    if (next == known.begin()) {
        throw Error("the device has the architecture " + std::to_string(architecture) +
                    ", and NVRTC knows none before " +
                    (known.empty() ? "any" : std::to_string(known.front())) +
                    ": one of an earlier CUDA toolkit is needed");
    }
    const int nearest = *std::prev(next);
    const bool is_known = nearest == architecture;
    options.push_back(std::string{"--gpu-architecture="} + (is_known ? "sm_" : "compute_") +
                      std::to_string(nearest));
    Program program{source};
    program.compile(options);
    return is_known ? program.cubin() : program.ptx();
}

}  // namespace common
