#pragma once

// Names that compilers give, as users write them.

#include <juggle/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace juggle::inline JUGGLE_ABI::detail {

/// All occurrences of `part` taken out.
inline void erase_all(std::string& text, std::string_view part) {
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos;) {
        text.erase(at, part.size());
    }
}

/// Without the inline namespace that all of juggle is in: "juggle::Executor", not
/// "juggle::v0_1::Executor".
inline void erase_abi(std::string& name) {
#define JUGGLE_DETAIL_TEXT(words) #words
#define JUGGLE_DETAIL_TEXT_OF(macro) JUGGLE_DETAIL_TEXT(macro)
    erase_all(name, JUGGLE_DETAIL_TEXT_OF(JUGGLE_ABI) "::");
#undef JUGGLE_DETAIL_TEXT_OF
#undef JUGGLE_DETAIL_TEXT
}

}  // namespace juggle::detail
