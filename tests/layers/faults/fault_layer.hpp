#pragma once

#include "../loaded_layer.hpp"
#include "faults/faults_control.h"
#include "support/catch.hpp"

#include <array>
#include <string>
#include <thread>

namespace support {

/// The fault layer of this process; leaves it without rules.
class Faults {
public:
    explicit Faults(const std::string& rules = "") { REQUIRE(refusal_of(rules).empty()); }
    Faults(const Faults&) = delete;
    Faults& operator=(const Faults&) = delete;
    ~Faults() {
        (void)refusal_of("");
        (void)deliver();
        forge_times(nullptr);
    }

    /// Replaces the rules; gives what the layer has against them, or nothing.
    [[nodiscard]] std::string refusal_of(const std::string& rules) const {
        std::array<char, 512> message{};
        const int code = configure_(rules.c_str(), message.data(), message.size());
        CHECK((code == 0) == (message[0] == '\0'));
        return message.data();
    }
    void configure(const std::string& rules) const { REQUIRE(refusal_of(rules).empty()); }

    [[nodiscard]] unsigned long calls(const char* pattern) const { return calls_(pattern); }
    [[nodiscard]] unsigned long injected() const { return injected_(); }
    [[nodiscard]] std::string last() const { return last_(); }
    [[nodiscard]] unsigned long held() const { return held_(); }
    void forge_times(juggle_cl_faults_time_fn forge) const { forge_times_(forge); }
    unsigned long deliver(bool newest_first = false) const { return deliver_(newest_first); }
    /// Until so many callbacks are held back: drivers may call from a thread of their own.
    void wait_until_held(unsigned long count) const {
        while (held() < count) {
            std::this_thread::yield();
        }
    }

private:
    LoadedLayer layer_{"juggle-cl-faults.so"};
    juggle_cl_faults_configure_fn configure_ =
        layer_.get<juggle_cl_faults_configure_fn>("juggle_cl_faults_configure");
    juggle_cl_faults_calls_fn calls_ =
        layer_.get<juggle_cl_faults_calls_fn>("juggle_cl_faults_calls");
    juggle_cl_faults_injected_fn injected_ =
        layer_.get<juggle_cl_faults_injected_fn>("juggle_cl_faults_injected");
    juggle_cl_faults_last_fn last_ = layer_.get<juggle_cl_faults_last_fn>("juggle_cl_faults_last");
    juggle_cl_faults_held_fn held_ = layer_.get<juggle_cl_faults_held_fn>("juggle_cl_faults_held");
    juggle_cl_faults_deliver_fn deliver_ =
        layer_.get<juggle_cl_faults_deliver_fn>("juggle_cl_faults_deliver");
    juggle_cl_faults_forge_times_fn forge_times_ =
        layer_.get<juggle_cl_faults_forge_times_fn>("juggle_cl_faults_forge_times");
};

}  // namespace support
