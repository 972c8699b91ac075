#include "event_log.hpp"

#include <cstdio>

namespace supervisor {

std::string shown(std::chrono::seconds time) {
    const std::chrono::hh_mm_ss parts{time};
    char text[40];
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld",
                  static_cast<long long>(parts.hours().count()),
                  static_cast<long long>(parts.minutes().count()),
                  static_cast<long long>(parts.seconds().count()));
    return text;
}

}  // namespace supervisor
