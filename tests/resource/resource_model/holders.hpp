// Tasks that hold a ticket until they are told how to end.
#pragma once

#include "resource/resource_model/waits.hpp"

#include <juggle/async_event.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <utility>

namespace resource_model {

enum class Decision : std::uint8_t { release, fail, forget };

struct Holder {
    Waiter waiter;
    bool in_variable = true;  // or in a parameter, which is destroyed later
    std::shared_ptr<Place> place{};
    juggle::JoinHandle<> task{};
    juggle::AsyncEvent decided{};
    Decision decision = Decision::release;
    std::size_t event = 0;
    bool asked_to_stop = false;

    /// Whether it holds and has not been told to end.
    [[nodiscard]] bool undecided() const { return !decided.is_set() && place && place->held; }
};

template <class Kind>
class Holders : public Waits<Kind> {
protected:
    using Waits<Kind>::Waits;
    using typename Bench<Kind>::Resource;

    /// Waits for the ticket in a task, which owns it from now on.
    template <class Ticket>
    std::shared_ptr<Holder> spawn_holder(Wait how, bool in_variable, std::shared_ptr<Place> place,
                                         Ticket ticket) {
        const auto holder = std::make_shared<Holder>(Waiter{how, {place}}, in_variable, place);
        holder->task =
            juggle::Executor::current()->spawn(hold_ticket(*this, holder, std::move(ticket)));
        return holder;
    }
    /// The task acquires by itself.
    std::shared_ptr<Holder> spawn_acquirer(bool shared, std::size_t index,
                                           std::source_location where) {
        const auto holder = std::make_shared<Holder>(Waiter{Wait::events, {}});
        juggle::Executor& executor = *juggle::Executor::current();
        Resource& resource = *this->resources_[index];
        if (shared) {
            holder->task =
                executor.spawn(acquire(*this, holder, index, true, where, [&resource, where] {
                    return resource.acquire_shared(where);
                }));
        } else {
            holder->task =
                executor.spawn(acquire(*this, holder, index, false, where,
                                       [&resource, where] { return resource.acquire(where); }));
        }
        return holder;
    }

    void ask_to_stop(Holder& holder) {
        if (!holder.waiter.ended) {
            holder.waiter.task = {};
            Waits<Kind>::ask_to_stop(holder.waiter);
        }
        holder.asked_to_stop = true;
        holder.task.request_stop();
    }
    using Waits<Kind>::ask_to_stop;

    using Waits<Kind>::must_end;
    [[nodiscard]] static bool must_end(const Holder& holder) {
        if (holder.task.done()) {
            return false;
        }
        return holder.asked_to_stop || holder.decided.is_set() ||
               Waits<Kind>::must_end(holder.waiter);
    }

    /// The program's ticket is gone, not only released.
    void detach(Place& place) {
        --place.line->tickets;
        place.line->end_if_unowned();
    }

private:
    template <class Ticket>
    static juggle::Task<> hold_ticket(Holders& self, std::shared_ptr<Holder> holder,
                                      Ticket ticket) {
        Ticket variable;
        if (holder->in_variable) {
            variable = std::move(ticket);
        }
        Ticket& mine = holder->in_variable ? variable : ticket;
        try {
            co_await Waits<Kind>::wait_here(self, holder->waiter, mine);
        } catch (...) {
            self.drop(*holder->place, std::nullopt);
            throw;
        }
        co_await hold(self, *holder, mine);
    }

    template <class Acquire>
    static juggle::Task<> acquire(Holders& self, std::shared_ptr<Holder> holder, std::size_t index,
                                  bool shared, std::source_location where, Acquire get) {
        holder->place = LineModel::join(self.lines_[index], shared, where.line());
        holder->waiter.places = {holder->place};
        holder->waiter.started = true;
        std::invoke_result_t<Acquire&> mine;
        try {
            mine = co_await get();
            holder->waiter.ended = true;
            self.require(!holder->waiter.must_be_cancelled,
                         "an acquisition went on that was stopped before its turn");
            self.note_held_after_events(*holder->place);
        } catch (...) {
            self.check_end(holder->waiter, std::current_exception());
            self.drop(*holder->place, std::nullopt);
            throw;
        }
        co_await hold(self, *holder, mine);
    }

    template <class Ticket>
    static juggle::Task<> hold(Holders& self, Holder& holder, Ticket& mine) {
        try {
            co_await holder.decided.wait();
        } catch (...) {
            self.require(holder.asked_to_stop, "a holder was cancelled that nobody stopped");
            self.drop(*holder.place, Bench<Kind>::cancelled_cause);
            throw;
        }
        switch (holder.decision) {
            case Decision::release:
                holder.place->line->ready(*holder.place, {holder.event});
                mine.ready(self.events_[holder.event]);
                mine = Ticket{};
                self.detach(*holder.place);
                break;
            case Decision::fail: {
                const int number = ++self.failures_;
                self.drop(*holder.place, number);
                throw Failed{number};
            }
            case Decision::forget:
                ++self.forgotten_;
                self.drop(*holder.place, std::nullopt);
                break;
        }
    }

    void drop(Place& place, std::optional<int> cause) {
        place.line->drop(place, cause);
        detach(place);
    }
};

}  // namespace resource_model
