#pragma once

#include "common/say.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace layer {

/// The rules of a fault layer, and the calls that it has counted. From any thread.
///
/// `Rule` has a `pattern` and a `status`, which is what the report says of a fault.
template <class Rule>
class RuleBook {
public:
    using Matches = bool (*)(std::string_view pattern, std::string_view call) noexcept;
    using Parse = std::vector<Rule> (*)(std::string_view text);

    /// `calls` are the names of all functions; a call is known by its index in them.
    RuleBook(std::span<const char* const> calls, Matches matches, Parse parse)
        : calls_{calls}, matches_{matches}, parse_{parse}, counts_(calls.size()) {}

    /// Replaces the rules and counts from zero. `std::invalid_argument`, with nothing changed.
    void configure(std::string_view text) {
        std::vector<Rule> rules = parse_(text);
        const std::lock_guard lock{mutex_};
        rules_ = std::move(rules);
        counts_.assign(calls_.size(), 0);
        injected_ = 0;
        last_ = "";
    }

    /// The same for a caller in C: 0, or -1 and a message.
    int configure(const char* text, char* message, std::size_t size) noexcept {
        try {
            configure(text);
            return 0;
        } catch (const std::exception& error) {
            if (message != nullptr && size != 0) {
                (void)std::snprintf(message, size, "%s", error.what());
            }
            return -1;
        }
    }

    /// By an environment variable. Rules that make no sense end the program: a test that goes on
    /// without its faults proves nothing.
    void read_rules(const char* variable) {
        if (const char* rules = setting(variable)) {
            try {
                configure(rules);
            } catch (const std::invalid_argument& error) {
                say((std::string{variable} + ": " + error.what()).c_str());
                std::exit(EXIT_FAILURE);
            }
        }
    }

    /// To the file that an environment variable names, with `suffix` behind it. True if it is set:
    /// the layer then has to call `report_calls` at exit.
    [[nodiscard]] bool open_report(const char* variable, const std::string& suffix = "") {
        const char* const value = setting(variable);
        if (value == nullptr) {
            return false;
        }
        const std::string path = value + suffix;
        report_ = std::fopen(path.c_str(), "w");
        if (report_ == nullptr) {
            say((std::string{"cannot write "} + variable + " '" + path + "'").c_str());
            std::exit(EXIT_FAILURE);
        }
        return true;
    }

    void report_calls() {
        const std::lock_guard lock{mutex_};
        for (std::size_t call = 0; call < counts_.size(); ++call) {
            if (counts_[call] != 0) {
                (void)std::fprintf(report_, "calls %s %lu\n", calls_[call],
                                   static_cast<unsigned long>(counts_[call]));
            }
        }
        (void)std::fflush(report_);
    }

    /// Counts a call, then `visit`s as below.
    template <class Visit>
    void count(std::size_t call, Visit visit) {
        const std::lock_guard lock{mutex_};
        ++counts_[call];
        visit_rules(call, visit);
    }

    /// Each rule whose pattern matches is given to `visit`, which says whether it injects a fault.
    template <class Visit>
    void visit(std::size_t call, Visit visit) {
        const std::lock_guard lock{mutex_};
        visit_rules(call, visit);
    }

    [[nodiscard]] std::uint64_t calls(std::string_view pattern) {
        const std::lock_guard lock{mutex_};
        std::uint64_t sum = 0;
        for (std::size_t call = 0; call < counts_.size(); ++call) {
            if (matches_(pattern, calls_[call])) {
                sum += counts_[call];
            }
        }
        return sum;
    }

    [[nodiscard]] std::uint64_t injected() {
        const std::lock_guard lock{mutex_};
        return injected_;
    }

    /// The name of the call that the last fault was injected into.
    [[nodiscard]] const char* last() {
        const std::lock_guard lock{mutex_};
        return last_;
    }

private:
    template <class Visit>
    void visit_rules(std::size_t call, Visit& visit) {
        for (Rule& rule : rules_) {
            if (matches_(rule.pattern, calls_[call]) && visit(rule)) {
                ++injected_;
                last_ = calls_[call];
                note(rule, counts_[call]);
            }
        }
    }

    /// At once, in case the program does not live to its end.
    void note(const Rule& rule, std::uint64_t number) {
        if (report_ != nullptr) {
            (void)std::fprintf(report_, "injected %s %lu %d\n", last_,
                               static_cast<unsigned long>(number), rule.status);
            (void)std::fflush(report_);
        }
    }

    std::span<const char* const> calls_;
    Matches matches_;
    Parse parse_;
    std::mutex mutex_;
    std::vector<Rule> rules_;
    std::vector<std::uint64_t> counts_;
    std::uint64_t injected_ = 0;
    const char* last_ = "";
    std::FILE* report_ = nullptr;
};

}  // namespace layer
