#pragma once

#include <juggle/detail/run/loop.hpp>
#include <juggle/observer.hpp>
#include <juggle/opencl/clhpp.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace juggle::opencl::detail {

template <std::size_t event_count, class Function, class... Tickets>
class EnqueueAwaiter;

/// The memory for the events of one `enqueue`, an executor's: between two of them it is empty, and
/// kept so that in the steady state nothing is allocated.
class CommandStore final : public juggle::detail::Service {
public:
    explicit CommandStore(juggle::detail::Loop&) {}  // `std::bad_alloc`, from the deque

    /// A command and, for an observer, its name.
    struct Done {
        cl::Event event{};
        std::string name{};
        std::string lane{};
    };

    /// Where the next command leaves its event; stays where it is.
    [[nodiscard]] cl::Event* add(std::string_view name, std::string_view lane) {
        Done& added = done.emplace_back();
        if (juggle::detail::current_observer != nullptr) [[unlikely]] {
            added.name = name;
            added.lane = lane;
        }
        return &added.event;
    }

    void clear() noexcept {
        waits.clear();
        done.clear();
    }

    std::vector<cl::Event> waits;
    std::deque<Done> done;
};

}  // namespace juggle::opencl::detail
