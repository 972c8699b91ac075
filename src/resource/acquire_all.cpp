#include <juggle/acquire_all.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

void check_distinct(std::span<const TicketQueue* const> queues) {
    for (std::size_t index = 1; index < queues.size(); ++index) {
        const std::span<const TicketQueue* const> before = queues.first(index);
        if (std::ranges::find(before, queues[index]) != before.end()) {
            throw std::invalid_argument{"juggle: acquire_all: resource " + queues[index]->name() +
                                        " is named twice, as argument " +
                                        std::to_string(index + 1) + " again"};
        }
    }
}

}  // namespace juggle::detail
