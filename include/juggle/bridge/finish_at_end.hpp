#pragma once

#include <juggle/detail/run/refuge.hpp>

#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::bridge {

/// What the `FinishAtEnd` of a bridge derives from, for plain memory that knows nothing of the work
/// that uses it: made after the memory, it lets its scope end, by an exception too, only when the
/// work has.
///
/// `Work` has `bool finish() const noexcept`, which blocks until the work has ended. False: the
/// driver refuses to say so to the end, and that was reported. The memory that was named to the
/// constructor is then moved away and never freed, for the device may still write into it.
template <class Work, class... Memory>
class FinishAtEnd {
    static_assert((... && !std::is_const_v<Memory>) &&
                      (... && std::is_nothrow_move_constructible_v<Memory>),
                  "memory that is to be kept if the driver refuses is moved away");

public:
    FinishAtEnd(const FinishAtEnd&) = delete;
    FinishAtEnd& operator=(const FinishAtEnd&) = delete;

protected:
    /// `std::bad_alloc`, but only if memory is named.
    explicit FinishAtEnd(Work work, Memory&... memory)
        : work_{std::move(work)}, memory_{memory...} {
        if constexpr (sizeof...(Memory) != 0) {
            refuge_ = std::make_unique<MemoryRefuge>();
        }
    }

    ~FinishAtEnd() {
        if (!work_.finish() && refuge_ != nullptr) {
            std::apply([this](auto&... memory) { refuge_->memory.emplace(std::move(memory)...); },
                       memory_);
            refuge_.release()->keep();
        }
    }

private:
    struct MemoryRefuge final : juggle::detail::Refuge {
        std::optional<std::tuple<Memory...>> memory;
    };

    Work work_;
    std::tuple<Memory&...> memory_;
    std::unique_ptr<MemoryRefuge> refuge_;  // made before it is needed: that cannot fail then
};

}  // namespace juggle::bridge
