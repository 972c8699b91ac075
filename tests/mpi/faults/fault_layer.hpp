#pragma once

#include "mpi_faults/mpi_faults_control.h"
#include "support/catch.hpp"

#include <array>
#include <string>

namespace support {

/// The fault layer, which this program is linked with; leaves it without rules.
class Faults {
public:
    explicit Faults(const std::string& rules = "") { configure(rules); }
    Faults(const Faults&) = delete;
    Faults& operator=(const Faults&) = delete;
    ~Faults() { (void)refusal_of(""); }

    /// Replaces the rules; gives what the layer has against them, or nothing.
    [[nodiscard]] std::string refusal_of(const std::string& rules) const {
        std::array<char, 512> message{};
        const int code = juggle_mpi_faults_configure(rules.c_str(), message.data(), message.size());
        CHECK((code == 0) == (message[0] == '\0'));
        return message.data();
    }
    void configure(const std::string& rules) const { REQUIRE(refusal_of(rules).empty()); }

    [[nodiscard]] unsigned long calls(const char* pattern) const {
        return juggle_mpi_faults_calls(pattern);
    }
    [[nodiscard]] unsigned long injected() const { return juggle_mpi_faults_injected(); }
    [[nodiscard]] std::string last() const { return juggle_mpi_faults_last(); }
};

}  // namespace support
