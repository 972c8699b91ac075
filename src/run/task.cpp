#include <juggle/task.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

void throw_empty_task(const char* which) {
    throw std::logic_error{"juggle: " + std::string{which} +
                           " is empty (default-constructed, moved from, or awaited before)"};
}

void throw_empty_argument(const char* function) {
    throw_empty_task((std::string{function} + ": a task among the arguments").c_str());
}

void throw_awaited_twice(const char* function) {
    throw std::logic_error{"juggle: " + std::string{function} + ": awaited a second time"};
}

}  // namespace juggle::detail
