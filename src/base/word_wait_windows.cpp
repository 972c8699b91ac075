#include <juggle/detail/base/word_wait.hpp>

#if defined(_WIN32)

#include "windows.hpp"

namespace juggle::inline JUGGLE_ABI::detail {

void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept {
    auto* const address = const_cast<std::atomic<std::uint32_t>*>(&word);  // it is only read
    ::WaitOnAddress(address, &value, sizeof value, INFINITE);
}

void wake_all(std::atomic<std::uint32_t>& word) noexcept { ::WakeByAddressAll(&word); }

}  // namespace juggle::detail

#endif
