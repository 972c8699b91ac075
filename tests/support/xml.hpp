#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

/// An element of an XML document. What one looks for and is not there is an exception.
struct XmlElement {
    std::string name;
    std::map<std::string, std::string> attributes;
    std::vector<XmlElement> children;
    std::string text;  // its own, without that of its children

    [[nodiscard]] bool has(const std::string& attribute) const {
        return attributes.contains(attribute);
    }
    [[nodiscard]] const std::string& at(const std::string& attribute) const {
        return attributes.at(attribute);
    }
    [[nodiscard]] double number(const std::string& attribute) const {
        return std::stod(attributes.at(attribute));
    }
    [[nodiscard]] std::int64_t integer(const std::string& attribute) const {
        return std::stoll(attributes.at(attribute));
    }

    /// Is "bar" of class="bar c1".
    [[nodiscard]] bool is(std::string_view word) const {
        const auto found = attributes.find("class");
        if (found == attributes.end()) {
            return false;
        }
        // Not with a literal in front: GCC 12 sees an overlap there that cannot be.
        const auto between_spaces = [](std::string_view words) {
            return std::string{" "}.append(words).append(" ");
        };
        return between_spaces(found->second).find(between_spaces(word)) != std::string::npos;
    }

    /// All below this one, in the order of the document.
    [[nodiscard]] std::vector<XmlElement> all(std::string_view word) const {
        std::vector<XmlElement> result;
        for (const XmlElement& child : children) {
            if (child.is(word)) {
                result.push_back(child);
            }
            for (XmlElement& below : child.all(word)) {
                result.push_back(std::move(below));
            }
        }
        return result;
    }

    [[nodiscard]] const XmlElement& child(std::string_view of_name) const {
        for (const XmlElement& one : children) {
            if (one.name == of_name) {
                return one;
            }
        }
        throw std::out_of_range("<" + name + "> has no <" + std::string{of_name} + ">");
    }
};

/// Reads what pictures consist of: elements, attributes, text, the five named entities and numbers.
/// Everything else is an exception, so what it reads is well-formed.
class XmlReader {
public:
    static XmlElement read(std::string_view document) {
        XmlReader reader{document};
        XmlElement root = reader.element();
        reader.skip_space();
        if (!reader.rest_.empty()) {
            reader.fail("something follows the root");
        }
        return root;
    }

private:
    explicit XmlReader(std::string_view document) : rest_(document) {}

    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error(what + " before: " + std::string{rest_.substr(0, 60)});
    }

    void skip_space() {
        const std::size_t end = rest_.find_first_not_of(" \n\t\r");
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
    }

    bool take(std::string_view expected) {
        if (!rest_.starts_with(expected)) {
            return false;
        }
        rest_.remove_prefix(expected.size());
        return true;
    }

    void expect(std::string_view expected) {
        if (!take(expected)) {
            fail("no " + std::string{expected});
        }
    }

    std::string taken_name() {
        const std::size_t end = rest_.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:");
        const std::string name{rest_.substr(0, end)};
        if (name.empty()) {
            fail("no name");
        }
        rest_.remove_prefix(name.size());
        return name;
    }

    /// Up to one of these characters.
    std::string taken_text(std::string_view ends) {
        std::string text;
        while (!rest_.empty() && ends.find(rest_.front()) == std::string_view::npos) {
            if (rest_.front() == '&') {
                text += entity();
                continue;
            }
            if (rest_.front() == '<' ||
                (static_cast<unsigned char>(rest_.front()) < 0x20 &&
                 std::string_view{"\n\t\r"}.find(rest_.front()) == std::string_view::npos)) {
                fail("a character that may not stand there");
            }
            text += rest_.front();
            rest_.remove_prefix(1);
        }
        return text;
    }

    char entity() {
        for (const auto& [name, character] : {std::pair{"&amp;", '&'},
                                              {"&lt;", '<'},
                                              {"&gt;", '>'},
                                              {"&quot;", '"'},
                                              {"&#39;", '\''},
                                              {"&#9;", '\t'},
                                              {"&#10;", '\n'},
                                              {"&#13;", '\r'}}) {
            if (take(name)) {
                return character;
            }
        }
        fail("an entity that is not known");
    }

    XmlElement element() {
        skip_space();
        expect("<");
        XmlElement result;
        result.name = taken_name();
        for (skip_space(); !rest_.starts_with('/') && !rest_.starts_with('>'); skip_space()) {
            const std::string name = taken_name();
            expect("=\"");
            if (!result.attributes.try_emplace(name, taken_text("\"")).second) {
                fail("a second " + name);
            }
            expect("\"");
        }
        if (take("/>")) {
            return result;
        }
        expect(">");
        while (!take("</" + result.name + ">")) {
            result.text += taken_text("<");
            if (rest_.empty() ||
                (rest_.starts_with("</") && !rest_.starts_with("</" + result.name))) {
                fail("no end of <" + result.name + ">");
            }
            if (!rest_.starts_with("</")) {
                result.children.push_back(element());
            }
        }
        return result;
    }

    std::string_view rest_;
};

}  // namespace support
