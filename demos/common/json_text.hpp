#pragma once

#include <string>
#include <string_view>

namespace common {

/// `text` as a string of JSON, with its quotes. What is not UTF-8 in it becomes question marks.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace common
