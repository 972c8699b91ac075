#include "spead/byte_ranges.hpp"

#include <algorithm>
#include <iterator>

namespace spead {

bool ByteRanges::add(std::uint64_t begin, std::uint64_t end) {
    if (begin >= end) {
        return true;
    }
    const auto after = std::ranges::upper_bound(ranges_, begin, {},
                                                [](const Range& range) { return range.begin; });
    const bool has_before = after != ranges_.begin();
    const bool has_after = after != ranges_.end();
    if ((has_before && std::prev(after)->end > begin) || (has_after && after->begin < end)) {
        return false;
    }
    size_ += end - begin;
    const bool joins_before = has_before && std::prev(after)->end == begin;
    const bool joins_after = has_after && after->begin == end;
    if (joins_before && joins_after) {
        std::prev(after)->end = after->end;
        ranges_.erase(after);
    } else if (joins_before) {
        std::prev(after)->end = end;
    } else if (joins_after) {
        after->begin = begin;
    } else {
        ranges_.insert(after, Range{.begin = begin, .end = end});
    }
    return true;
}

}  // namespace spead
