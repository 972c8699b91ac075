#include "common/say.hpp"

#include <cstdio>
#include <cstdlib>

namespace layer {

void say(const char* text) noexcept { (void)std::fprintf(stderr, "%s: %s\n", name, text); }

const char* setting(const char* variable) noexcept {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace layer
