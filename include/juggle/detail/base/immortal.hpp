#pragma once

#include <juggle/config.hpp>

#include <cstddef>
#include <new>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// A static variable that is never destroyed, since others are destroyed after `main` has returned
/// that may still use it, and drivers' threads go on meanwhile. What it owns can be reached through
/// it: no leak.
template <class T>
class Immortal {
public:
    template <class... Arguments>
    explicit Immortal(std::in_place_t, Arguments&&... arguments) {
        ::new (static_cast<void*>(storage_)) T(std::forward<Arguments>(arguments)...);
    }
    Immortal(const Immortal&) = delete;
    Immortal& operator=(const Immortal&) = delete;

    [[nodiscard]] T& get() noexcept { return *std::launder(reinterpret_cast<T*>(storage_)); }

private:
    alignas(T) std::byte storage_[sizeof(T)];
};

}  // namespace juggle::detail
