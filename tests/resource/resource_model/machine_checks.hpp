// Part of machine.hpp: what is looked at after each step, and at the end.
#pragma once

#include "resource/resource_model/machine.hpp"

namespace resource_model {

template <class Kind>
void Machine<Kind>::check() {
    for (Slot& slot : slots_) {
        check(slot);
    }
    for (std::size_t index = 0; index < resource_count; ++index) {
        const Resource& resource = *this->resources_[index];
        this->require(resource.idle() == this->lines_[index]->idle(),
                      "a resource is idle and should not be, or the other way round");
        this->require(resource.poisoned() == this->lines_[index]->poison().has_value(),
                      "a resource is poisoned and should not be, or the other way round");
    }
}

template <class Kind>
void Machine<Kind>::check(Slot& slot) {
    if (slot.waiter && slot.waiter->ended) {
        slot.waiter.reset();
    }
    if (!slot.has_ticket()) {
        return;
    }
    const Place& place = *slot.place;
    slot.ticket.visit([&](const auto& ticket) {
        const bool granted = !place.gone && place.line->has_turn(place);
        this->require(ticket.granted() == granted,
                      "a ticket has its turn and should not, or the other way round");
        this->require(ticket.held() == place.held,
                      "a ticket is held and should not be, or the other way round");
        this->require(static_cast<bool>(ticket) == !place.gone,
                      "a ticket is in line and should not be, or the other way round");
    });
}

template <class Kind>
bool Machine<Kind>::somebody_must_end() const {
    return std::ranges::any_of(slots_, [](const Slot& slot) {
        return (slot.waiter && Base::must_end(*slot.waiter)) ||
               (slot.set && slot.set->waiter && Base::must_end(*slot.set->waiter)) ||
               (slot.holder && Base::must_end(*slot.holder));
    });
}

/// Known when all has settled.
template <class Kind>
bool Machine<Kind>::somebody_reads(const LineModel& line) const {
    const auto reads = [&line](const Waiter& waiter) {
        if (waiter.ended || waiter.wait != Wait::events) {
            return false;
        }
        const auto current = std::ranges::find_if(waiter.places, [](const auto& place) {
            return place->gone || !place->line->has_turn(*place) ||
                   place->line->has_inherited(Status::pending);
        });
        return current != waiter.places.end() && (*current)->line.get() == &line &&
               line.has_turn(**current);
    };
    return std::ranges::any_of(slots_, [&](const Slot& slot) {
        return (slot.waiter && reads(*slot.waiter)) ||
               (slot.set && slot.set->waiter && reads(*slot.set->waiter)) ||
               (slot.holder && reads(slot.holder->waiter));
    });
}

/// Goes on until everybody who can has come to an end or stands in line.
template <class Kind>
juggle::Task<> Machine<Kind>::settle() {
    for (int pause = 0; pause < Kind::max_pauses && somebody_must_end(); ++pause) {
        co_await Kind::pause();
    }
    this->require(!somebody_must_end(), "somebody does not go on who should");
    for (int turn = 0; turn < 3; ++turn) {
        co_await juggle::yield();
    }
    for (Slot& slot : slots_) {
        if (slot.holder && slot.holder->task.done()) {
            (void)co_await support::exception_of(slot.holder->task);
            slot = {};
        }
    }
    this->require(reports_.diagnostics.size() == this->forgotten_,
                  "it was not reported as it should that tickets were not made ready");
    this->require(reports_.unhandled.empty(), "an exception was reported that somebody has seen");
    for (std::size_t event = 0; event < this->events_.size(); ++event) {
        this->require(Kind::status(this->events_[event]) == this->statuses_[event],
                      "an event was waited for on the host, or was not");
    }
}

/// Releases everything in order; what is left then was lost.
template <class Kind>
juggle::Task<> Machine<Kind>::finish() {
    co_await settle();
    for (std::size_t event = 0; event < this->events_.size(); ++event) {
        // Those that stay pending are waited for when the resources go.
        if (this->statuses_[event] == Status::pending &&
            (!Kind::host_waits_end || event % 3 != 0)) {
            this->set_status(event, Status::complete);
        }
    }
    for (Slot& slot : slots_) {
        cancel(slot);
        if (slot.set && slot.set->waiter) {
            this->ask_to_stop(*slot.set->waiter);
        }
    }
    co_await settle();
    for (Slot& slot : slots_) {
        if (slot.has_ticket()) {
            drop(slot);
        }
        check();
    }
    co_await settle();
    for (std::size_t index = 0; index < resource_count; ++index) {
        this->require(this->resources_[index]->idle(), "a ticket was lost");
        this->make_resource(index);
    }
    co_await settle();
    // What has been made just now, and what is here.
    this->require(this->alive_.use_count() == 1 + static_cast<long>(resource_count),
                  "a resource that nobody has was not destroyed");
    if constexpr (Kind::has_queue) {
        this->kind_.queue.wait_lists.clear();
    }
    for (const Event& event : this->events_) {
        for (int pause = 0; pause < Kind::max_pauses && Kind::references(event) != 1; ++pause) {
            co_await Kind::pause();  // a cancelled wait keeps it until it has settled
        }
        this->require(Kind::references(event) == 1, "an event is kept that nobody needs");
    }
    this->require(juggle::Executor::current()->running_tasks() == 1, "a task was lost");
}

}  // namespace resource_model
