// Part of machine.hpp: what the steps do.
#pragma once

#include "resource/resource_model/machine.hpp"

namespace resource_model {

template <class Kind>
std::uint8_t Machine<Kind>::slot_for(Step step) const {
    const auto useful = [operation = step.operation](const Slot& slot) {
        const bool in_line = slot.has_ticket() && !slot.place->gone;
        switch (operation) {
            case Operation::acquire:
            case Operation::acquire_shared:
            case Operation::acquire_all:
            case Operation::acquire_in_task:
            case Operation::try_acquire:
            case Operation::try_acquire_shared:
                return slot.is_free();
            case Operation::wait:
            case Operation::wait_events:
            case Operation::wait_device:
            case Operation::hold_in_task:
                return in_line && !slot.place->held && !slot.waits();
            case Operation::try_wait:
                return in_line && !slot.place->held && slot.place->line->has_turn(*slot.place);
            case Operation::wait_again:
            case Operation::wait_events_again:
                return slot.waits();
            case Operation::track:
            case Operation::ready:
            case Operation::ready_many:
            case Operation::fail:
            case Operation::fail_without_cause:
                return in_line && slot.place->held;
            case Operation::drop_by_exception:
                return in_line;
            case Operation::cancel:
                return slot.waits() || slot.set_waits() || slot.holder;
            case Operation::let_task_release:
            case Operation::let_task_throw:
            case Operation::let_task_forget:
                return slot.holder && slot.holder->undecided();
            default:
                return true;
        }
    };
    for (std::size_t ahead = 0; ahead < slot_count && step.choice + 1 < choices; ++ahead) {
        const std::size_t index = (step.slot + ahead) % slot_count;
        if (useful(slots_[index])) {
            return static_cast<std::uint8_t>(index);
        }
    }
    return step.slot;
}

template <class Kind>
juggle::Task<> Machine<Kind>::take(Step step) {
    Slot& slot = slots_[step.slot];
    switch (step.operation) {
        case Operation::take_turns:
            for (int turn = 0; turn <= step.choice % 3; ++turn) {
                co_await juggle::yield();
            }
            break;
        case Operation::settle:
            co_await settle();
            break;
        case Operation::clear_poison:
            co_await settle();
            this->resources_[step.resource]->clear_poison();
            this->lines_[step.resource]->clear_poison(somebody_reads(*this->lines_[step.resource]));
            break;
        case Operation::drop_by_exception:
            co_await drop_by_exception(slot);
            break;
        case Operation::wait_again:
            co_await wait_again(slot, Wait::turn);
            break;
        case Operation::wait_events_again:
            co_await wait_again(slot, Wait::events);
            break;
        case Operation::wait:
        case Operation::wait_events:
        case Operation::wait_device:
        case Operation::hold_in_task:
        case Operation::acquire_in_task:
            take_at_once(step);
            co_await juggle::yield();  // it has begun
            break;
        default:
            take_at_once(step);
    }
}

template <class Kind>
void Machine<Kind>::take_at_once(Step step) {
    Slot& slot = slots_[step.slot];
    const bool of_set = step.choice % 2 == 0;
    switch (step.operation) {
        case Operation::acquire:
            return acquire(step, false);
        case Operation::acquire_shared:
            return acquire(step, true);
        case Operation::acquire_all:
            return acquire_all(step);
        case Operation::try_acquire:
            return try_acquire<false>(step);
        case Operation::try_acquire_shared:
            return try_acquire<true>(step);
        case Operation::wait:
            return begin_wait(slot, Wait::turn, of_set);
        case Operation::wait_events:
            return begin_wait(slot, Wait::events, of_set);
        case Operation::wait_device:
            return begin_wait(slot, Wait::device, of_set);
        case Operation::try_wait:
            return try_wait(slot);
        case Operation::track:
            return track(slot, step.choice);
        case Operation::ready:
            return ready(slot, {this->some_event(step.choice)}, false);
        case Operation::ready_many: {
            Events events;
            for (std::uint8_t more = 0; more < step.choice % 3; ++more) {
                events.push_back(this->some_event(static_cast<std::uint8_t>(step.choice + more)));
            }
            return ready(slot, events, true);
        }
        case Operation::fail:
            return fail(slot, true);
        case Operation::fail_without_cause:
            return fail(slot, false);
        case Operation::drop:
            return drop(slot);
        case Operation::move:
            return move(step);
        case Operation::cancel:
            return cancel(slot);
        case Operation::hold_in_task:
            return hold_in_task(step);
        case Operation::acquire_in_task:
            return acquire_in_task(step);
        case Operation::let_task_release:
            return decide(slot, Decision::release, step.choice);
        case Operation::let_task_throw:
            return decide(slot, Decision::fail, step.choice);
        case Operation::let_task_forget:
            return decide(slot, Decision::forget, step.choice);
        case Operation::complete_event:
            return settle_event(step.choice, Status::complete);
        case Operation::fail_event:
            return settle_event(step.choice, Status::failed);
        case Operation::move_resource:
            return move_resource(step.resource);
        case Operation::renew_resource:
            if constexpr (Kind::host_waits_end) {
                this->make_resource(step.resource);
            }
            return;
        default:
            return;
    }
}

template <class Kind>
void Machine<Kind>::take_place(Slot& slot, Any ticket, std::shared_ptr<Place> place) {
    slot.ticket = std::move(ticket);
    if (slot.place) {
        this->detach(*slot.place);
    }
    slot.place = std::move(place);
}

template <class Kind>
void Machine<Kind>::acquire(Step step, bool shared) {
    Slot& slot = slots_[step.slot];
    if (!slot.is_free()) {
        return;
    }
    const std::source_location line = where(step.choice);
    auto place = LineModel::join(this->lines_[step.resource], shared, line.line());
    Resource& resource = *this->resources_[step.resource];
    if (shared) {
        take_place(slot, Any{resource.acquire_shared(line)}, std::move(place));
    } else {
        take_place(slot, Any{resource.acquire(line)}, std::move(place));
    }
}

template <class Kind>
template <bool IsShared>
void Machine<Kind>::try_acquire(Step step) {
    Slot& slot = slots_[step.slot];
    if (!slot.is_free()) {
        return;
    }
    const std::source_location line = where(step.choice);
    const auto& model = this->lines_[step.resource];
    try {
        auto taken = [&] {
            if constexpr (IsShared) {
                return this->resources_[step.resource]->try_acquire_shared(line);
            } else {
                return this->resources_[step.resource]->try_acquire(line);
            }
        }();
        this->require(!model->poison(), "a poisoned value was given to somebody");
        this->require(taken.has_value() == model->is_free_for(IsShared),
                      "a resource that is free was refused, or the other way round");
        if (taken) {
            auto place = LineModel::join(model, IsShared, line.line());
            this->note_held(*place);
            take_place(slot, Any{std::move(*taken)}, std::move(place));
        }
    } catch (const juggle::ResourcePoisoned& error) {
        this->check_poison(*model, error);
    }
}

template <class Kind>
void Machine<Kind>::acquire_all(Step step) {
    Resource& first = *this->resources_[step.resource];
    Resource& second = *this->resources_[(step.resource + 1) % resource_count];
    Resource& third = *this->resources_[(step.resource + 2) % resource_count];
    using Looked = juggle::SharedRequest<Value, Event>;
    const std::source_location line = where(step.choice);
    switch (step.choice % 4) {
        case 0:
            return keep_set<Exclusive, Exclusive>(step, line, [&] {
                return juggle::acquire_all<Resource&, Resource&>{first, second, line};
            });
        case 1:
            return keep_set<Exclusive, Shared>(step, line, [&] {
                return juggle::acquire_all<Resource&, Looked>{first, juggle::shared(second), line};
            });
        case 2:
            return keep_set<Shared, Shared>(step, line, [&] {
                return juggle::acquire_all<Looked, Looked>{juggle::shared(first),
                                                           juggle::shared(second), line};
            });
        default:
            return keep_set<Shared, Exclusive, Exclusive>(step, line, [&] {
                return juggle::acquire_all<Looked, Resource&, Resource&>{juggle::shared(first),
                                                                         second, third, line};
            });
    }
}

/// Each member gets a slot, from that of the step on.
template <class Kind>
template <class... Members, class Acquire>
void Machine<Kind>::keep_set(Step step, std::source_location line, Acquire acquire_now) {
    constexpr std::size_t count = sizeof...(Members);
    std::array<Slot*, count> slots{};
    for (std::size_t index = 0; index < count; ++index) {
        slots[index] = &slots_[(step.slot + index) % slot_count];
        if (!slots[index]->is_free()) {
            return;
        }
    }
    using Allocations = juggle::AllocationSet<Members...>;
    const auto share = std::make_shared<SetShare>(Allocations{acquire_now()});
    auto& allocations = std::get<Allocations>(share->set);
    const std::array<bool, count> shared{std::is_same_v<Members, Shared>...};
    for (std::size_t index = 0; index < count; ++index) {
        share->places.push_back(LineModel::join(
            this->lines_[(step.resource + index) % resource_count], shared[index], line.line()));
    }
    const auto keep = [&]<std::size_t Index>() {
        take_place(*slots[Index], Any{&std::get<Index>(allocations)}, share->places[Index]);
        slots[Index]->set = share;
    };
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
        (keep.template operator()<Index>(), ...);
    }(std::make_index_sequence<count>{});
}

}  // namespace resource_model
