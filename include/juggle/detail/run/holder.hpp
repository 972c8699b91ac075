#pragma once

#include <juggle/detail/base/task_key.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

/// Who took a ticket or permits, for reports of who waits for whom. Not set before there is one:
/// that would be a store for nothing in each `acquire`.
///
/// What holds is an object, and may have been moved to another task since, which cannot be seen. So
/// a move makes a note of it: what is not known for sure is no part of a cycle.
class Holder {
public:
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init,modernize-use-equals-default)
    Holder() noexcept {}
    explicit Holder(TaskKey task) noexcept : task_{task} {}

    void set(TaskKey task) noexcept { task_ = task; }
    void note_move() noexcept { task_ |= moved; }

    /// 0: taken outside of all tasks.
    [[nodiscard]] TaskKey task() const noexcept { return task_ & ~moved; }
    [[nodiscard]] bool is_sure() const noexcept { return (task_ & moved) == 0; }

private:
    static constexpr TaskKey moved = TaskKey{1} << 63;

    TaskKey task_;
};

}  // namespace juggle::detail
