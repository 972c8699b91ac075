#pragma once

#include "support/catch.hpp"

#include <CL/cl.h>

#include <stdexcept>
#include <string>

#include <dlfcn.h>

namespace support {

/// A layer that is in this process; throws if it is not, for the loader says nothing of one that it
/// did not find.
class LoadedLayer {
public:
    explicit LoadedLayer(const std::string& name) {
        cl_uint platforms = 0;  // with the first call the loader loads
        (void)clGetPlatformIDs(0, nullptr, &platforms);
        const std::string layers = JUGGLE_TEST_LAYERS;
        const std::size_t end = layers.find(name) + name.size();
        const std::size_t begin = layers.rfind(':', end) + 1;  // zero if it is the first
        handle_ = dlopen(layers.substr(begin, end - begin).c_str(), RTLD_NOW | RTLD_NOLOAD);
        if (handle_ == nullptr) {
            throw std::runtime_error{"the layer " + name + " is not loaded"};
        }
    }
    LoadedLayer(const LoadedLayer&) = delete;
    LoadedLayer& operator=(const LoadedLayer&) = delete;
    ~LoadedLayer() { dlclose(handle_); }

    /// One of its control functions.
    template <class Function>
    [[nodiscard]] Function get(const char* symbol) const {
        void* address = dlsym(handle_, symbol);
        if (address == nullptr) {
            throw std::runtime_error{std::string{symbol} + " is not exported"};
        }
        return reinterpret_cast<Function>(address);
    }

private:
    void* handle_;
};

}  // namespace support
