#pragma once

#include <juggle/opencl/clhpp.hpp>
#include <juggle/opencl/detail/command_store.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace juggle::inline JUGGLE_ABI::opencl {

/// What a function needs to enqueue the commands of some tickets: `enqueue` calls it with this.
///
/// Each command gets `wait_list()` and an `event()` of its own, as CLHPP takes them:
///
/// ```
/// queue.enqueueWriteBuffer(buffer, CL_FALSE, 0, size, memory, commands.wait_list(),
/// commands.event());
/// ```
///
/// Only for the time of that call, on the executor's thread.
class Commands {
public:
    Commands(const Commands&) = delete;
    Commands& operator=(const Commands&) = delete;

    /// The events that the commands must wait for on the device: all that the tickets have to
    /// respect, and the plain ones that `enqueue` was given. Null if there are none.
    [[nodiscard]] const std::vector<cl::Event>* wait_list() noexcept {
        ++wait_lists_;
        return store_.waits.empty() ? nullptr : &store_.waits;
    }

    /// Where a command is to leave its event. The tickets track what is left there, even if the
    /// function throws afterwards; nothing can go wrong between. One for each command.
    ///
    /// An observer that is attached shows the command under the name, if there is one, and on the
    /// lane, if one is named; otherwise under that of its kind, on its queue's lane.
    ///
    /// `std::bad_alloc` if the tickets cannot make room for it; call it before the command is
    /// enqueued, as its argument is.
    [[nodiscard]] cl::Event* event(std::string_view name = {}, std::string_view lane = {}) {
        reserve_(turn_, store_.done().size() + 1);
        return store_.add(name, lane);
    }

private:
    template <std::size_t, class, class...>
    friend class detail::EnqueueAwaiter;

    using Reserve = void (*)(void* turn, std::size_t events);

    Commands(detail::CommandStore& store, void* turn, Reserve reserve) noexcept
        : store_{store}, turn_{turn}, reserve_{reserve} {}

    detail::CommandStore& store_;
    void* turn_;
    Reserve reserve_;
    std::size_t wait_lists_ = 0;  // how often it was asked for
};

}  // namespace juggle::opencl
