#include <juggle/latch.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI {

void Latch::throw_too_many(const char* operation, std::size_t n) const {
    throw std::invalid_argument{"juggle: Latch::" + std::string{operation} + ": argument 'n' is " +
                                std::to_string(n) + ", but only " + std::to_string(pending_) +
                                (pending_ == 1 ? " is pending" : " are pending")};
}

}  // namespace juggle
