#include <juggle/detail/run/refuge.hpp>

#include <atomic>

namespace juggle::inline JUGGLE_ABI::detail {

void Refuge::keep() noexcept {
    static constinit std::atomic<Refuge*> kept{nullptr};
    before_ = kept.load(std::memory_order_relaxed);
    while (!kept.compare_exchange_weak(before_, this, std::memory_order_relaxed)) {}
}

}  // namespace juggle::detail
