#include "support/programs.hpp"

#include "support/programs/parts.hpp"

#include <string>
#include <vector>

namespace support {

ManualEvent World::event() {
    const ManualEvent made;
    events_.push_back(made);
    return made;
}

void World::complete_events() {
    for (const ManualEvent& event : events_) {
        if (event.status() == juggle::EventStatus::pending) {
            event.complete();
        }
    }
    events_.clear();
}

std::string World::what_is_lost() {
    if (!a.idle() || !b.idle()) {
        return "a ticket";
    }
    if (permits.available() != permits.permits()) {
        return "a permit";
    }
    if (static_cast<int>(channel.size()) != pushed - popped || lost_elements != 0) {
        return "an element of the channel";
    }
    if (live_elements() != static_cast<long>(channel.size())) {
        return "an element";
    }
    if (executor.running_tasks() != 0) {
        return "a task";
    }
    if (a.poisoned() != (failed_holders_of_a != 0)) {
        return "the failure of a holder";
    }
    return {};
}

void World::restore() {
    complete_events();
    a.clear_poison();
    b.clear_poison();
    while (channel.try_pop()) {}
    pushed = popped = 0;
    failed_holders_of_a = 0;
    queue.wait_lists.clear();
}

std::span<const Program> small_programs() {
    static const std::vector<Program> programs = [] {
        std::vector<Program> all;
        for (const auto of_a_kind :
             {task_programs(), resource_programs(), channel_programs(), combinator_programs()}) {
            all.insert(all.end(), of_a_kind.begin(), of_a_kind.end());
        }
        return all;
    }();
    return programs;
}

}  // namespace support
