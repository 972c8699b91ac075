#pragma once

#include <juggle/config.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

/// Keeps something that a base class refers to: as a base itself, named before that one, it is
/// constructed earlier and destroyed later, which no member would be.
template <class T>
struct BaseFromMember {
    T kept;
};

}  // namespace juggle::detail
