#include "common/json_text.hpp"

#include "support/catch.hpp"

#include <string>

#include <nlohmann/json.hpp>

using common::json_text;

TEST_CASE("Any text of UTF-8 is the same behind a reader of JSON") {
    for (const std::string& text :
         {std::string{}, std::string("a\0b", 3), std::string("\"\\/\b\n\x1f\x7f"),
          std::string("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\xa1")}) {
        CAPTURE(text);
        CHECK(nlohmann::json::parse(json_text(text)) == text);
    }
}

TEST_CASE("What is not UTF-8 becomes question marks, byte by byte") {
    CHECK(json_text("caf\xe9") == "\"caf?\"");
    CHECK(json_text("\xff"
                    "a") == "\"?a\"");
    CHECK(json_text("\xc0\x80") == "\"??\"");            // a long form of zero
    CHECK(json_text("\xed\xa0\x80") == "\"???\"");       // half of a surrogate pair
    CHECK(json_text("\xf4\x90\x80\x80") == "\"????\"");  // beyond the last character
    CHECK(json_text("\xe2\x82") == "\"??\"");            // cut off
}

TEST_CASE("What any bytes become can be read") {
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second), '!'};
            const nlohmann::json read = nlohmann::json::parse(json_text(text));
            if (read.get<std::string>().back() != '!') {
                FAIL("the text ends with what it ended with: " << first << ' ' << second);
            }
        }
    }
}
