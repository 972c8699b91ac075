#pragma once

#include <ios>
#include <sstream>

namespace common {

/// A stream to make a string with. By itself one that finds no memory says nothing and leaves out
/// what it had no room for; this one throws std::bad_alloc.
[[nodiscard]] inline std::ostringstream text_stream() {
    std::ostringstream text;
    text.exceptions(std::ios::badbit);
    return text;
}

}  // namespace common
