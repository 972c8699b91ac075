// Makes a list of steps that fails as short as it can.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

namespace support {

/// Leaves out whatever is not needed for `fails` to be true, which is true of `steps`; afterwards
/// no single step could be left out.
///
/// Delta debugging (Zeller and Hildebrandt, IEEE Transactions on Software Engineering 28, 2002),
/// without the tests of subsets alone.
template <class Steps, class Predicate>
[[nodiscard]] Steps shrink(Steps steps, Predicate fails) {
    for (std::size_t chunk = std::max<std::size_t>(steps.size() / 2, 1);;) {
        bool shorter = false;
        for (std::size_t start = 0; start < steps.size();) {
            const auto first = steps.begin() + static_cast<std::ptrdiff_t>(start);
            const auto length = static_cast<std::ptrdiff_t>(std::min(chunk, steps.size() - start));
            Steps rest{steps.begin(), first};
            rest.insert(rest.end(), first + length, steps.end());
            if (fails(rest)) {
                steps = std::move(rest);
                shorter = true;
            } else {
                start += chunk;
            }
        }
        if (chunk == 1 && !shorter) {
            return steps;
        }
        chunk = std::max<std::size_t>(chunk / 2, 1);
    }
}

}  // namespace support
