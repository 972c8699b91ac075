#pragma once

#include "model-checker/checker.hpp"

#include <functional>
#include <string>
#include <vector>

namespace model {

/// How large a scenario may become.
struct Size {
    /// Whether it is small enough for each run of the tests.
    bool always = true;
    /// For each thread: sleeps that end early, weak exchanges that fail without a reason.
    int early_wakes = 0;
    int weak_failures = 0;
};

struct Scenario {
    std::string name;
    std::function<void()> run;
    Size size = {};
};

/// What no scenario notices when it is weakened, and why that is right all the same.
struct Unneeded {
    std::string source;  ///< part of the line of the operation, or of the one before
    Weakening weakening;
    std::string reason;
};

/// Explores them, each of which must not fail, and prints a line of each.
void check_all(const std::vector<Scenario>& scenarios);

/// Weakens each operation in the files of that name that the small scenarios meet. One of them must
/// fail, or it is listed as unneeded, which is believed unless all is to be checked.
void check_orders(const std::string& files, const std::vector<Scenario>& scenarios,
                  const std::vector<Unneeded>& unneeded);

}  // namespace model
