#pragma once

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string_view>

namespace support {

/// True if the environment asks for the whole size of tests that have one (`JUGGLE_TORTURE=1`), and
/// not for the share that runs with every build.
inline bool whole_size() {
    const char* wanted = std::getenv("JUGGLE_TORTURE");
    return wanted != nullptr && std::string_view{wanted} == "1";
}

/// With callbacks that go wrong a wait takes until the sweep finds its event: a tenth of it.
inline int rounds(int share, int whole) {
    if (!whole_size()) {
        return share;
    }
    return std::getenv("JUGGLE_CL_FAULTS") == nullptr ? whole : std::max(share, whole / 10);
}

/// How many cases such tests have gone through, for the last line of what the program says.
inline std::atomic<long> cases{0};

}  // namespace support
