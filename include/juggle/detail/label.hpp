#pragma once

#include <source_location>
#include <string>
#include <utility>

namespace juggle::detail {

/// What messages call a thing that users make.
class Label {
public:
    explicit Label(std::source_location made_at) noexcept : made_at_{made_at} {}

    void set_name(std::string name) noexcept { name_ = std::move(name); }

    /// The name in quotes, or "made at <file>:<line>".
    [[nodiscard]] std::string text() const;

private:
    std::source_location made_at_;
    std::string name_;
};

}  // namespace juggle::detail
