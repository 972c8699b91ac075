#pragma once

#include "support/manual_event.hpp"
#include "support/resources.hpp"

#include <juggle/channel.hpp>
#include <juggle/executor.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/semaphore.hpp>
#include <juggle/task.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace support {

/// What small programs share, and what must be there again whatever has happened to them.
class World {
public:
    explicit World(juggle::Executor& its_executor) : executor{its_executor} { events_.reserve(64); }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    juggle::Executor& executor;
    DeviceResource a{"a", 0};
    DeviceResource b{"b", 0};
    ManualQueue queue;
    juggle::Semaphore permits{2};

    /// Elements that say whether they live, and how many of them were pushed and popped.
    using Element = std::shared_ptr<int>;
    juggle::Channel<Element> channel{1};
    Element element() const { return alive_; }
    int pushed = 0;
    int popped = 0;
    int lost_elements = 0;  // by pushes that failed

    /// Objects in the hands of a program.
    long live_elements() const { return alive_.use_count() - 1; }

    /// Tickets of `a` that were held when their holders failed.
    int failed_holders_of_a = 0;

    /// A device command; `device()` completes it soon.
    ManualEvent event();
    void complete_events();

    /// Empty if nothing is lost when no task is left: no ticket, permit, element or job is held.
    std::string what_is_lost();
    /// A program can be run again: commands have ended, poison and elements are forgotten.
    void restore();

private:
    std::vector<ManualEvent> events_;
    Element alive_ = std::make_shared<int>();
};

/// A program of a few tasks that needs all of one part of the library. It throws
/// `std::logic_error` if something is not as it should be. Whichever of its tasks fails, it ends.
struct Program {
    const char* name;
    juggle::Task<> (*run)(World&);
};

std::span<const Program> small_programs();

}  // namespace support
