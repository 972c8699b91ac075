#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spead {

/// Which bytes of a heap have come, in whatever order and pieces.
class ByteRanges {
public:
    /// Marks the bytes from `begin` to before `end`. False, and nothing is marked, if one of them
    /// was marked already.
    bool add(std::uint64_t begin, std::uint64_t end);

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Pieces between which bytes are missing.
    [[nodiscard]] std::size_t pieces() const { return ranges_.size(); }
    void clear() {
        ranges_.clear();
        size_ = 0;
    }

private:
    struct Range {
        std::uint64_t begin;
        std::uint64_t end;
    };

    std::vector<Range> ranges_;  // in order, with gaps between them
    std::uint64_t size_ = 0;
};

}  // namespace spead
