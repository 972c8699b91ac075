// Where the environment asks for OpenCL layers, and for faults: whether it gets them. The loader
// says nothing of a layer that it did not find, and all checks would pass without.

#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <juggle/opencl.hpp>

#include <cstdlib>
#include <sstream>
#include <string>

#include <dlfcn.h>

namespace jcl = juggle::opencl;

DEVICE_TEST_CASE("the layers that the environment names are loaded, and do what it says",
                 "[conformance]") {
    // Awaited before it has ended: a callback is registered.
    cl::UserEvent gate = device.gate();
    const auto waiting = executor.spawn(support::await_event(gate));
    co_await juggle::yield();
    gate.setStatus(CL_COMPLETE);
    co_await waiting;
    const char* layers = std::getenv("JUGGLE_TEST_LAYERS");
    std::istringstream paths{layers == nullptr ? "" : layers};
    unsigned long injected = 0;
    for (std::string path; std::getline(paths, path, ':');) {
        INFO("layer '" << path << "'");
        void* layer = dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
        CHECK(layer != nullptr);
        if (void* function =
                layer == nullptr ? nullptr : dlsym(layer, "juggle_cl_faults_injected")) {
            injected = reinterpret_cast<unsigned long (*)()>(function)();
        }
    }
    CHECK((std::getenv("JUGGLE_CL_FAULTS") == nullptr || injected != 0));
}
