#pragma once

#include <juggle/detail/base/export.hpp>

#include <cstdint>
#include <source_location>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// Which lane of which recorder something has, if any.
struct RecordedTrack {
    std::uint32_t recorder = 0;
    std::uint32_t track = 0;
};

/// What messages call a thing that users make.
class JUGGLE_EXPORT Label {
public:
    /// `kind` is a literal: "channel".
    Label(const char* kind, std::source_location made_at) noexcept
        : made_at_{made_at}, kind_{kind} {}

    void set_name(std::string name) noexcept { name_ = std::move(name); }
    /// Empty if it has none.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const char* kind() const noexcept { return kind_; }

    /// The name in quotes, or "made at <file>:<line>".
    [[nodiscard]] std::string text() const;
    /// The name as it is, or "<file>:<line>".
    [[nodiscard]] std::string lane_name() const;

    mutable RecordedTrack recorded;  // by a timeline
    mutable RecordedTrack counted;   // by metrics

private:
    std::source_location made_at_;
    const char* kind_;
    std::string name_;
};

}  // namespace juggle::detail
