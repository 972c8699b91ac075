#pragma once

#include <juggle/detail/base/export.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

/// Memory of which nobody knows whether a device still uses it, and which is never freed for that.
class Refuge {
public:
    Refuge() = default;
    Refuge(const Refuge&) = delete;
    Refuge& operator=(const Refuge&) = delete;

    /// It stays forever, in a list, so that leak checkers know that somebody has thought of it.
    JUGGLE_EXPORT void keep() noexcept;

protected:
    ~Refuge() = default;

private:
    Refuge* before_ = nullptr;
};

}  // namespace juggle::detail
