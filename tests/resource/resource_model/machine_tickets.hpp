// Part of machine.hpp: what is done with a ticket that is there.
#pragma once

#include "resource/resource_model/machine.hpp"

namespace resource_model {

template <class Kind>
void Machine<Kind>::begin_wait(Slot& slot, Wait how, bool of_set) {
    if (how == Wait::device && !Kind::has_queue) {
        how = Wait::events;
    }
    if (!slot.has_ticket() || slot.waits() || slot.set_waits()) {
        return;
    }
    if (slot.set && of_set) {
        SetShare& share = *slot.set;
        const bool others_wait = std::ranges::any_of(
            slots_, [&slot](const Slot& other) { return other.set == slot.set && other.waits(); });
        if (!others_wait &&
            std::ranges::none_of(share.places, [](auto& place) { return place->gone; })) {
            share.waiter = this->spawn_wait(how == Wait::turn ? Wait::events : how, share.places,
                                            std::shared_ptr<Set>{slot.set, &share.set});
        }
        return;
    }
    if (!slot.place->gone) {
        slot.waiter = slot.ticket.visit(
            [&](auto& ticket) { return this->spawn_wait(how, slot.place, ticket); });
    }
}

template <class Kind>
void Machine<Kind>::hold_in_task(Step step) {
    Slot& slot = slots_[step.slot];
    if (!slot.has_ticket() || slot.waits() || slot.set || slot.place->gone || slot.place->held) {
        return;
    }
    const Wait how = step.choice % 2 == 0 || !Kind::has_queue ? Wait::events : Wait::device;
    slot.holder = slot.ticket.visit([&](auto& ticket) {
        return this->spawn_holder(how, step.choice < choices / 2, slot.place, std::move(ticket));
    });
    slot.place.reset();
    slot.ticket = Any{};
}

template <class Kind>
void Machine<Kind>::acquire_in_task(Step step) {
    Slot& slot = slots_[step.slot];
    if (!slot.is_free()) {
        return;
    }
    forget(slot);
    slot.holder = this->spawn_acquirer(step.choice % 2 == 0, step.resource, where(step.choice / 2));
}

template <class Kind>
void Machine<Kind>::decide(Slot& slot, Decision decision, std::uint8_t choice) {
    if (slot.holder && slot.holder->undecided()) {
        slot.holder->decision = decision;
        slot.holder->event = this->some_event(choice);
        slot.holder->decided.set();
    }
}

template <class Kind>
void Machine<Kind>::try_wait(Slot& slot) {
    if (!slot.has_ticket()) {
        return;
    }
    Place& place = *slot.place;
    try {
        succeeds(!place.gone, [&] {
            const auto events = slot.ticket.visit([](auto& ticket) { return ticket.try_wait(); });
            this->require(events.has_value() == place.line->has_turn(place),
                          "try_wait() gave a turn out of order, or refused it");
            if (events) {
                this->note_held(place, *events);
            }
        });
    } catch (const juggle::ResourcePoisoned& error) {
        this->require(place.line->has_turn(place), "poison was seen out of turn");
        this->check_poison(*place.line, error);
    }
}

/// A second wait beside one that is under way.
template <class Kind>
juggle::Task<> Machine<Kind>::wait_again(Slot& slot, Wait how) {
    if (!slot.has_ticket() || !slot.awaited() || slot.set_waits() || slot.place->gone) {
        co_return;
    }
    co_await settle();
    if (!slot.awaited()) {
        co_return;
    }
    LineModel& line = *slot.place->line;
    const bool has_turn = line.has_turn(*slot.place);
    const bool refused =
        !has_turn || (how == Wait::events && !line.poison() && line.has_inherited(Status::pending));
    if (!refused) {
        Waiter here{how, {slot.place}};
        const auto wait = [&](auto& ticket) { return Base::wait_here(*this, here, ticket); };
        (void)co_await support::exception_of(slot.ticket.visit(wait));
        co_await juggle::yield();
        co_return;
    }
    const auto wait = [how](auto& ticket) {
        return how == Wait::turn ? support::wait(ticket) : support::wait_events(ticket);
    };
    const std::exception_ptr error = co_await support::exception_of(slot.ticket.visit(wait));
    this->require(support::is<std::logic_error>(error), "two tasks wait for one ticket");
}

template <class Kind>
void Machine<Kind>::track(Slot& slot, std::uint8_t choice) {
    if (!slot.has_ticket()) {
        return;
    }
    const std::size_t event = this->some_event(choice);
    const bool done = succeeds(slot.place->held, [&] {
        slot.ticket.visit([&](auto& ticket) { ticket.track(this->events_[event]); });
    });
    if (done) {
        slot.place->line->track(*slot.place, event);
    }
}

template <class Kind>
void Machine<Kind>::ready(Slot& slot, const Events& events, bool as_span) {
    if (!slot.has_ticket() || slot.set_waits()) {
        return;
    }
    std::vector<Event> real;
    for (const std::size_t event : events) {
        real.push_back(this->events_[event]);
    }
    const bool done = succeeds(slot.place->held && !slot.awaited(), [&] {
        slot.ticket.visit([&](auto& ticket) {
            if (as_span) {
                ticket.ready(std::span<const Event>{real});
            } else {
                ticket.ready(real.front());
            }
        });
    });
    if (done) {
        slot.place->line->ready(*slot.place, events);
    }
}

template <class Kind>
void Machine<Kind>::fail(Slot& slot, bool with_cause) {
    if (!slot.has_ticket() || slot.set_waits()) {
        return;
    }
    const int number = with_cause ? ++this->failures_ : 0;
    const auto cause = with_cause ? std::make_exception_ptr(Failed{number}) : nullptr;
    const bool done = succeeds(slot.place->held && !slot.awaited(), [&] {
        slot.ticket.visit([&](auto& ticket) { ticket.fail(cause); });
    });
    if (done) {
        slot.place->line->fail(*slot.place, number);
    }
}

/// Whose events are being read must stay.
template <class Kind>
bool Machine<Kind>::may_be_dropped(const Slot& slot) const {
    if (!slot.has_ticket() || slot.set_waits()) {
        return false;
    }
    const bool may_read = slot.waits() && slot.waiter->wait == Wait::events && !slot.place->gone &&
                          slot.place->line->has_turn(*slot.place);
    return !may_read;
}

template <class Kind>
void Machine<Kind>::drop(Slot& slot) {
    if (!may_be_dropped(slot)) {
        return;
    }
    if (!slot.place->gone) {
        this->forgotten_ += slot.place->held ? 1 : 0;
        slot.place->line->drop(*slot.place, std::nullopt);
    }
    slot.ticket.drop();
    forget(slot);
}

/// The exception is caught at once, so it does not become known.
template <class Kind>
juggle::Task<> Machine<Kind>::drop_by_exception(Slot& slot) {
    if (!may_be_dropped(slot)) {
        co_return;
    }
    if (!slot.place->gone) {
        slot.place->line->drop(*slot.place, 0);
    }
    struct DropsAtEnd {
        Any& ticket;
        ~DropsAtEnd() { ticket.drop(); }
    };
    try {
        const DropsAtEnd drops{slot.ticket};
        throw Failed{0};
    } catch (const Failed&) {}
    forget(slot);
    co_await juggle::yield();  // what other exceptions come to light does not concern it
}

/// The ticket is gone; whoever still waits for it will notice.
template <class Kind>
void Machine<Kind>::forget(Slot& slot) {
    slot.set.reset();
    slot.ticket = Any{};
    if (slot.place) {
        this->detach(*slot.place);
        slot.place.reset();
    }
}

template <class Kind>
void Machine<Kind>::move(Step step) {
    Slot& slot = slots_[step.slot];
    Slot& other = slots_[(step.slot + step.choice) % slot_count];
    if (!slot.has_ticket() || slot.set || other.set) {
        return;
    }
    if (&other != &slot) {
        std::swap(slot, other);
        return;
    }
    Any moved = std::move(slot.ticket);
    slot.ticket.visit([this](const auto& ticket) {
        this->require(!ticket && !ticket.held(), "a ticket is in two places");
    });
    slot.ticket = std::move(moved);
}

template <class Kind>
void Machine<Kind>::cancel(Slot& slot) {
    if (slot.waits()) {
        this->ask_to_stop(*slot.waiter);
    } else if (slot.set_waits()) {
        this->ask_to_stop(*slot.set->waiter);
    } else if (slot.holder) {
        this->ask_to_stop(*slot.holder);
    }
}

template <class Kind>
void Machine<Kind>::settle_event(std::uint8_t choice, Status status) {
    const std::optional<std::size_t>& event = this->pending_[choice % event_count];
    if (event && this->statuses_[*event] == Status::pending) {
        this->set_status(*event, status);
    }
}

template <class Kind>
void Machine<Kind>::move_resource(std::size_t index) {
    Resource moved = std::move(*this->resources_[index]);
    *this->resources_[index] = std::move(moved);
}

}  // namespace resource_model
