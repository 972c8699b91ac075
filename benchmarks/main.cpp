#include "benchmarks.hpp"

#include <benchmark/benchmark.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>

namespace {

/// A folder for the kernels that the driver builds, gone when the program ends.
class KernelCache {
public:
    KernelCache() {
        std::string path = (std::filesystem::temp_directory_path() / "juggle-XXXXXX").string();
        if (::mkdtemp(path.data()) == nullptr) {
            throw std::system_error{errno, std::generic_category(), path};
        }
        path_ = path;
    }
    ~KernelCache() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    KernelCache(const KernelCache&) = delete;
    KernelCache& operator=(const KernelCache&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace

int main(int argc, char** argv) {
    try {
        const KernelCache cache;
        // Before the first OpenCL call. Four workers let three queues overlap on two cores.
        ::setenv("POCL_CACHE_DIR", cache.path().c_str(), 0);
        ::setenv("POCL_MAX_PTHREAD_COUNT", "4", 0);

        register_core_benchmarks();
        register_shared_benchmarks();
        register_generator_benchmarks();
        register_combinators_benchmarks();
        register_synchronisation_benchmarks();
        register_channel_benchmarks();
        register_description_benchmarks();
        register_timeline_benchmarks();
        register_wake_up_benchmarks();
#if HAS_ASIO
        register_asio_benchmarks();
        register_packets_benchmarks();
#endif
        register_await_event_benchmarks();
        register_triple_benchmarks();
        register_stages_benchmarks();
        benchmark::Initialize(&argc, argv);
        if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
            return 1;
        }
        benchmark::RunSpecifiedBenchmarks();
        benchmark::Shutdown();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "juggle_benchmarks: %s\n", error.what());
        return 1;
    }
}
