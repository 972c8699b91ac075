// The environment is set before the first OpenCL call: PoCL reads it once, when it is loaded.

#include "support/run_tests.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace {

// A kernel cache of our own, so that neither a user's cache nor a test running beside this one can
// change what is seen here. Removed at the end.
class KernelCache {
public:
    KernelCache() {
        if (std::getenv("POCL_CACHE_DIR") != nullptr)
            return;
        std::string pattern = (std::filesystem::temp_directory_path() / "juggle-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::system_error(errno, std::generic_category(), "mkdtemp " + pattern);
        path_ = pattern;
        ::setenv("POCL_CACHE_DIR", path_.c_str(), 1);
    }

    KernelCache(const KernelCache&) = delete;
    KernelCache& operator=(const KernelCache&) = delete;

    ~KernelCache() {
        std::error_code ignored;
        if (!path_.empty())
            std::filesystem::remove_all(path_, ignored);
    }

private:
    std::filesystem::path path_;
};

}  // namespace

// For AddressSanitizer: PoCL 3.1 loses some memory, with all of LLVM behind it, for each kernel
// that it compiles.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libpocl\nleak:libLLVM\n"; }

int main(int argc, char* argv[]) {
    KernelCache cache;
    ::setenv("POCL_MAX_PTHREAD_COUNT", "4", 0);  // so that several queues overlap on two cores
#ifdef JUGGLE_TEST_LAYERS
    ::setenv("OPENCL_LAYERS", JUGGLE_TEST_LAYERS, 1);
#else
    // Under a name of our own as well: the loader cuts its variable into pieces.
    if (const char* layers = std::getenv("JUGGLE_TEST_LAYERS"))
        ::setenv("OPENCL_LAYERS", layers, 1);
#endif
    return support::run_tests(argc, argv);
}
