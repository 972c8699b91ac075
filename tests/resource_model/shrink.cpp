#include "resource_model/shrink.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace resource_model {

Steps shrink(Steps steps, const std::function<bool(const Steps&)>& fails) {
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

}  // namespace resource_model
