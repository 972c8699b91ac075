#include "nvrtc_simulation/scan.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>

namespace layer::nvrtc {

namespace {

bool is_of_a_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Goes through what a preprocessor has left, without the insides of literals.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_{text} {}

    Scanned run() {
        while (place_ < text_.size()) {
            take_one();
        }
        return std::move(result_);
    }

private:
    void take_one() {
        const char c = text_[place_];
        if (c == '#' && is_line_start_) {
            take_line_marker();
        } else if (c == '"' || c == '\'') {
            take_literal(c);
        } else if (is_of_a_word(c)) {
            take_word();
        } else {
            is_line_start_ = c == '\n' || (is_line_start_ && c == ' ');
            line_ += c == '\n' ? 1 : 0;
            if (is_after_global_ && c == '(') {
                add_kernel();
            }
            keep(1);
        }
    }

    /// # 12 "program" 2
    void take_line_marker() {
        const std::string_view line = text_.substr(place_, text_.find('\n', place_) - place_);
        const std::size_t digit = line.find_first_of("0123456789");
        const std::size_t quote = line.find('"');
        if (digit != line.npos && quote != line.npos && digit < quote) {
            (void)std::from_chars(line.data() + digit, line.data() + quote, line_);
            --line_;  // the end of this one counts
            file_ = line.substr(quote + 1, line.find('"', quote + 1) - quote - 1);
        }
        keep(line.size());
    }

    void take_literal(char quote) {
        std::size_t end = place_ + 1;
        while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
            end += text_[end] == '\\' ? 2 : 1;
        }
        is_line_start_ = false;
        keep(std::min(end + 1, text_.size()) - place_);
    }

    void take_word() {
        std::size_t end = place_;
        while (end < text_.size() && is_of_a_word(text_[end])) {
            ++end;
        }
        const std::string_view word = text_.substr(place_, end - place_);
        is_line_start_ = false;
        if (word == "__global__") {
            is_after_global_ = true;
            place_ = end;
            return;
        }
        if (word == "__shared__" || word.starts_with("__syncthreads") || word == "__syncwarp") {
            refuse(word);
        }
        last_word_ = word;
        keep(word.size());
    }

    void refuse(std::string_view word) {
        if (result_.refusal.empty()) {
            result_.refusal = std::string{file_} + '(' + std::to_string(line_) +
                              "): error: " + std::string{word} +
                              ": the simulation runs the threads of a block one after the other, "
                              "which share no memory and cannot wait for each other\n";
        }
    }

    void add_kernel() {
        is_after_global_ = false;
        if (std::ranges::find(result_.kernels, last_word_) == result_.kernels.end()) {
            result_.kernels.emplace_back(last_word_);
        }
    }

    void keep(std::size_t size) {
        result_.text += text_.substr(place_, size);
        place_ += size;
    }

    std::string_view text_;
    std::size_t place_ = 0;
    std::size_t line_ = 1;
    std::string_view file_ = "";
    std::string_view last_word_;
    bool is_line_start_ = true;
    bool is_after_global_ = false;
    Scanned result_;
};

}  // namespace

Scanned scan(std::string_view preprocessed) { return Scanner{preprocessed}.run(); }

}  // namespace layer::nvrtc
