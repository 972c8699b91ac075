// A simulated NVRTC, for programs that are run on the simulated CUDA driver. docs/testing.md.

#include "common/say.hpp"
#include "nvrtc_simulation/program.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#include <cuda.h>
#include <nvrtc.h>

#define JUGGLE_NVRTC_EXPORT extern "C" __attribute__((visibility("default")))

namespace layer {

const char* const name = "juggle-nvrtc-simulation";

}  // namespace layer

namespace layer::nvrtc {

namespace {

/// The programs that there are, by their handles.
class Programs {
public:
    static Programs& instance() {
        static auto& programs = *new Programs;  // for calls while the process ends
        return programs;
    }

    nvrtcProgram add(std::shared_ptr<Program> program) {
        const std::lock_guard lock{mutex_};
        const auto handle = reinterpret_cast<nvrtcProgram>(program.get());
        all_.emplace(handle, std::move(program));
        return handle;
    }
    bool remove(nvrtcProgram handle) {
        const std::lock_guard lock{mutex_};
        return all_.erase(handle) != 0;
    }
    /// Null if there is none.
    std::shared_ptr<Program> find(nvrtcProgram handle) {
        const std::lock_guard lock{mutex_};
        const auto found = all_.find(handle);
        return found == all_.end() ? nullptr : found->second;
    }

private:
    std::mutex mutex_;
    std::unordered_map<nvrtcProgram, std::shared_ptr<Program>> all_;
};

template <class Function>
nvrtcResult enter(Function function) noexcept {
    try {
        return function();
    } catch (const std::bad_alloc&) {
        return NVRTC_ERROR_OUT_OF_MEMORY;
    } catch (const std::exception&) {  // no file, no process
        return NVRTC_ERROR_INTERNAL_ERROR;
    }
}

/// Calls the function with the program.
template <class Function>
nvrtcResult with(nvrtcProgram handle, Function function) noexcept {
    return enter([&] {
        const std::shared_ptr<Program> program = Programs::instance().find(handle);
        return program ? function(*program) : NVRTC_ERROR_INVALID_PROGRAM;
    });
}

nvrtcResult give_size(std::size_t size, std::size_t* result) {
    if (result == nullptr) {
        return NVRTC_ERROR_INVALID_INPUT;
    }
    *result = size;
    return NVRTC_SUCCESS;
}

nvrtcResult give(const std::string& bytes, std::size_t size, char* result) {
    if (result == nullptr) {
        return NVRTC_ERROR_INVALID_INPUT;
    }
    std::memcpy(result, bytes.c_str(), size);
    return NVRTC_SUCCESS;
}

}  // namespace

}  // namespace layer::nvrtc

using layer::nvrtc::enter;
using layer::nvrtc::Program;
using layer::nvrtc::Programs;
using layer::nvrtc::with;

JUGGLE_NVRTC_EXPORT const char* nvrtcGetErrorString(nvrtcResult result) {
    switch (result) {
#define NAME(code) \
    case code:     \
        return #code
        NAME(NVRTC_SUCCESS);
        NAME(NVRTC_ERROR_OUT_OF_MEMORY);
        NAME(NVRTC_ERROR_PROGRAM_CREATION_FAILURE);
        NAME(NVRTC_ERROR_INVALID_INPUT);
        NAME(NVRTC_ERROR_INVALID_PROGRAM);
        NAME(NVRTC_ERROR_INVALID_OPTION);
        NAME(NVRTC_ERROR_COMPILATION);
        NAME(NVRTC_ERROR_BUILTIN_OPERATION_FAILURE);
        NAME(NVRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION);
        NAME(NVRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION);
        NAME(NVRTC_ERROR_NAME_EXPRESSION_NOT_VALID);
        NAME(NVRTC_ERROR_INTERNAL_ERROR);
#undef NAME
        default:
            return "NVRTC_ERROR unknown";
    }
}

JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcVersion(int* major, int* minor) {
    if (major == nullptr || minor == nullptr) {
        return NVRTC_ERROR_INVALID_INPUT;
    }
    *major = CUDA_VERSION / 1000;
    *minor = CUDA_VERSION % 1000 / 10;
    return NVRTC_SUCCESS;
}

JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcGetNumSupportedArchs(int* count) {
    return enter([&] {
        if (count == nullptr) {
            return NVRTC_ERROR_INVALID_INPUT;
        }
        *count = static_cast<int>(layer::nvrtc::architectures().size());
        return NVRTC_SUCCESS;
    });
}

JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcGetSupportedArchs(int* numbers) {
    return enter([&] {
        if (numbers == nullptr) {
            return NVRTC_ERROR_INVALID_INPUT;
        }
        std::ranges::copy(layer::nvrtc::architectures(), numbers);
        return NVRTC_SUCCESS;
    });
}

JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcCreateProgram(nvrtcProgram* program, const char* source,
                                                   const char* name, int header_count,
                                                   const char* const* headers,
                                                   const char* const* include_names) {
    return enter([&] {
        if (program == nullptr || source == nullptr || header_count < 0 ||
            (header_count > 0 && (headers == nullptr || include_names == nullptr))) {
            return NVRTC_ERROR_INVALID_INPUT;
        }
        std::vector<Program::Header> all;
        all.reserve(static_cast<std::size_t>(header_count));
        for (int i = 0; i < header_count; ++i) {
            all.push_back({.name = include_names[i], .text = headers[i]});
        }
        *program = Programs::instance().add(std::make_shared<Program>(
            source, name == nullptr ? "default_program" : name, std::move(all)));
        return NVRTC_SUCCESS;
    });
}

JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcDestroyProgram(nvrtcProgram* program) {
    return enter([&] {
        if (program == nullptr || !Programs::instance().remove(*program)) {
            return NVRTC_ERROR_INVALID_PROGRAM;
        }
        *program = nullptr;
        return NVRTC_SUCCESS;
    });
}

JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcCompileProgram(nvrtcProgram handle, int count,
                                                    const char* const* options) {
    return with(handle, [&](Program& program) {
        if (count < 0 || (count > 0 && options == nullptr)) {
            return NVRTC_ERROR_INVALID_INPUT;
        }
        return program.compile(layer::nvrtc::parse_options(count, options));
    });
}

JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram handle, size_t* size) {
    return with(handle, [&](const Program& program) {
        return layer::nvrtc::give_size(program.log().size() + 1, size);
    });
}

JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcGetProgramLog(nvrtcProgram handle, char* log) {
    return with(handle, [&](const Program& program) {
        return layer::nvrtc::give(program.log(), program.log().size() + 1, log);
    });
}

// With a zero at the end, as PTX has, which is text.
JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcGetPTXSize(nvrtcProgram handle, size_t* size) {
    return with(handle, [&](const Program& program) {
        return program.image().empty() ? NVRTC_ERROR_INVALID_PROGRAM
                                       : layer::nvrtc::give_size(program.image().size() + 1, size);
    });
}

JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcGetPTX(nvrtcProgram handle, char* image) {
    return with(handle, [&](const Program& program) {
        return program.image().empty()
                   ? NVRTC_ERROR_INVALID_PROGRAM
                   : layer::nvrtc::give(program.image(), program.image().size() + 1, image);
    });
}

// None of a virtual architecture.
JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcGetCUBINSize(nvrtcProgram handle, size_t* size) {
    return with(handle, [&](const Program& program) {
        return program.image().empty()
                   ? NVRTC_ERROR_INVALID_PROGRAM
                   : layer::nvrtc::give_size(program.is_for_a_device() ? program.image().size() : 0,
                                             size);
    });
}

JUGGLE_NVRTC_EXPORT nvrtcResult nvrtcGetCUBIN(nvrtcProgram handle, char* image) {
    return with(handle, [&](const Program& program) {
        return program.image().empty() || !program.is_for_a_device()
                   ? NVRTC_ERROR_INVALID_PROGRAM
                   : layer::nvrtc::give(program.image(), program.image().size(), image);
    });
}
