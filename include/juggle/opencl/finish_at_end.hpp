#pragma once

#include <juggle/opencl/clhpp.hpp>
#include <juggle/opencl/detail/finish_on_host.hpp>

#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::opencl {

/// For plain memory that knows nothing of the commands that use it: made after the memory, it lets
/// its scope end, by an exception too, only when all that was enqueued to a queue has ended.
///
/// Its destructor blocks the thread, as `clFinish` does. Where tasks wait, `co_await finish(queue)`
/// first, and nothing is left to wait for unless something went wrong; a `Resource` needs neither.
///
/// The destructor does not throw. If the driver refuses, it is asked again for about 100 ms; if it
/// refuses to the end that is reported, by `ExecutorOptions::on_diagnostic` in a task and to
/// standard error outside, and the memory that was named to the constructor is moved away and never
/// freed: a command may still write into it. So do not name what the function returns.
template <class... Memory>
class FinishAtEnd {
    static_assert((... && !std::is_const_v<Memory>) &&
                      (... && std::is_nothrow_move_constructible_v<Memory>),
                  "memory that is to be kept if the driver refuses is moved away");

public:
    /// For what is enqueued to `queue` before the end of the scope. `Error` with
    /// `CL_INVALID_COMMAND_QUEUE` if it is null; allocates only if memory is named.
    explicit FinishAtEnd(const cl::CommandQueue& queue, Memory&... memory)
        : queue_{queue}, memory_{memory...} {
        detail::check_queue_to_finish(queue());
        if constexpr (sizeof...(Memory) != 0) {
            refuge_ = std::make_unique<MemoryRefuge>();
        }
    }

    FinishAtEnd(const FinishAtEnd&) = delete;
    FinishAtEnd& operator=(const FinishAtEnd&) = delete;

    ~FinishAtEnd() {
        if (!detail::finish_on_host(queue_()) && refuge_ != nullptr) {
            std::apply([this](auto&... memory) { refuge_->memory.emplace(std::move(memory)...); },
                       memory_);
            refuge_.release()->keep();
        }
    }

private:
    struct MemoryRefuge final : detail::Refuge {
        std::optional<std::tuple<Memory...>> memory;
    };

    cl::CommandQueue queue_;
    std::tuple<Memory&...> memory_;
    std::unique_ptr<MemoryRefuge> refuge_;  // made before it is needed: that cannot fail then
};

}  // namespace juggle::opencl
