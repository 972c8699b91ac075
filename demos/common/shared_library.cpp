#include "common/shared_library.hpp"

#include "common/error.hpp"

#include <cstdlib>

#include <dlfcn.h>

namespace common {

SharedLibrary::SharedLibrary(const char* setting, const std::vector<std::string>& names,
                             const std::string& missing) {
    const char* const named = std::getenv(setting);
    const bool is_named = named != nullptr && *named != '\0';
    std::string reasons;
    for (const std::string& name : is_named ? std::vector<std::string>{named} : names) {
        library_ = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library_ != nullptr) {
            name_ = name;
            return;
        }
        const char* const reason = ::dlerror();
        reasons += std::string{"\n  "} + (reason == nullptr ? name.c_str() : reason);
    }
    throw Error(missing + ':' + reasons);
}

void* SharedLibrary::address_of(const char* symbol) const {
    void* const address = ::dlsym(library_, symbol);
    if (address == nullptr) {
        throw Error(name_ + " has no function " + symbol + ": it is another library, or too old");
    }
    return address;
}

}  // namespace common
