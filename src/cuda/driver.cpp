#include "driver.hpp"

#include <juggle/cuda/error.hpp>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include <dlfcn.h>

// The name of a function behind cuda.h's macros: cuEventDestroy is cuEventDestroy_v2.
#define JUGGLE_CUDA_TEXT(name) #name
#define JUGGLE_CUDA_SYMBOL(name) JUGGLE_CUDA_TEXT(name)

namespace juggle::inline JUGGLE_ABI::cuda::detail {

namespace {

constinit std::atomic<const Driver*> loaded{nullptr};

/// The environment is for tests, and for systems where the driver is called otherwise.
const char* library_name() noexcept {
    const char* const name = std::getenv("JUGGLE_CUDA_LIBRARY");
    return name == nullptr || *name == '\0' ? "libcuda.so.1" : name;
}

struct CloseLibrary {
    void operator()(void* library) const noexcept { dlclose(library); }
};

template <class Function>
void find(void* library, Function& function, const char* symbol, const std::string& call) {
    function = reinterpret_cast<Function>(dlsym(library, symbol));
    if (function == nullptr) {
        throw Error{CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND,
                    call + ": the CUDA driver " + library_name() + " has no function " + symbol};
    }
}

const Driver* load(const std::string& call) {
    std::unique_ptr<void, CloseLibrary> library{dlopen(library_name(), RTLD_NOW | RTLD_LOCAL)};
    if (library == nullptr) {
        const char* const why = dlerror();
        throw Error{CUDA_ERROR_SHARED_OBJECT_INIT_FAILED,
                    call + ": there is no CUDA driver: " + (why == nullptr ? "" : why)};
    }
    auto driver = std::make_unique<Driver>();
#define JUGGLE_CUDA_FIND(name) find(library.get(), driver->name, JUGGLE_CUDA_SYMBOL(name), call)
    JUGGLE_CUDA_FUNCTIONS(JUGGLE_CUDA_FIND);
#undef JUGGLE_CUDA_FIND
    driver->context_id =
        reinterpret_cast<decltype(driver->context_id)>(dlsym(library.get(), "cuCtxGetId"));
    static_cast<void>(library.release());  // it stays: threads of its own may be in it
    return driver.release();
}

}  // namespace

const Driver& driver(const char* call) {
    const Driver* known = loaded.load(std::memory_order_acquire);
    if (known == nullptr) [[unlikely]] {
        std::unique_ptr<const Driver> mine{load(call)};
        if (loaded.compare_exchange_strong(known, mine.get(), std::memory_order_acq_rel)) {
            known = mine.release();
        }
    }
    return *known;
}

const Driver* loaded_driver() noexcept { return loaded.load(std::memory_order_acquire); }

}  // namespace juggle::cuda::detail
