// Tasks that wait for tickets, and what is right for them to get.
#pragma once

#include "resource/resource_model/bench.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/executor.hpp>
#include <juggle/resource_poisoned.hpp>
#include <juggle/task.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace resource_model {

template <class Kind>
class Waits : public Bench<Kind> {
protected:
    using Bench<Kind>::Bench;
    using typename Bench<Kind>::Event;
    using typename Bench<Kind>::Set;

    /// Starts to wait in a task of its own.
    template <class Ticket>
    std::shared_ptr<Waiter> spawn_wait(Wait how, std::shared_ptr<Place> place, Ticket& ticket) {
        const auto waiter = std::make_shared<Waiter>(Waiter{how, {std::move(place)}});
        waiter->task = juggle::Executor::current()->spawn(wait_in_task(*this, waiter, ticket));
        return waiter;
    }
    std::shared_ptr<Waiter> spawn_wait(Wait how, std::vector<std::shared_ptr<Place>> places,
                                       std::shared_ptr<Set> set) {
        const auto waiter = std::make_shared<Waiter>(Waiter{how, std::move(places)});
        waiter->task =
            juggle::Executor::current()->spawn(wait_for_set(*this, waiter, std::move(set)));
        return waiter;
    }

    void ask_to_stop(Waiter& waiter) {
        if (!waiter.ended) {
            waiter.asked_to_stop = true;
            waiter.must_be_cancelled = std::ranges::any_of(waiter.places, [](const auto& place) {
                return !place->gone && !place->line->has_turn(*place);
            });
        }
        waiter.task.request_stop();
    }

    /// Whether it cannot wait any longer, but for a few turns.
    [[nodiscard]] static bool must_end(const Waiter& waiter) {
        if (waiter.ended) {
            return false;
        }
        return waiter.asked_to_stop || std::ranges::all_of(waiter.places, [&](const auto& place) {
                   return place->gone || (place->line->has_turn(*place) &&
                                          (waiter.wait != Wait::events ||
                                           !place->line->has_inherited(Status::pending)));
               });
    }

    /// Waits and takes notes; whatever is thrown is checked, and goes on.
    template <class Ticket>
    static juggle::Task<> wait_here(Waits& self, Waiter& waiter, Ticket& ticket) {
        waiter.started = true;
        try {
            if (waiter.wait == Wait::turn) {
                const std::span<const Event> events = co_await ticket.wait();
                end_well(self, waiter);
                self.note_held(*waiter.places[0], events);
            } else if (waiter.wait == Wait::events) {
                (void)co_await ticket.wait_events();
                end_well(self, waiter);
                self.note_held_after_events(*waiter.places[0]);
            } else if constexpr (Kind::has_queue) {
                self.kind_.queue.wait_lists.clear();
                (void)co_await ticket.wait_device(self.kind_.queue);
                end_well(self, waiter);
                self.note_held(*waiter.places[0]);
                self.check_wait_list(waiter.places);
            }
        } catch (...) {
            self.check_end(waiter, std::current_exception());
            throw;
        }
    }

    /// What a wait may throw, and when.
    void check_end(Waiter& waiter, const std::exception_ptr& error) {
        waiter.ended = true;
        const auto some_line = [&waiter](auto predicate) {
            return std::ranges::any_of(waiter.places, [&](const auto& place) {
                return !place->gone && place->line->has_turn(*place) && predicate(*place->line);
            });
        };
        try {
            std::rethrow_exception(error);
        } catch (const juggle::ResourcePoisoned& poisoned) {
            check_poison_of_some(waiter, poisoned);
        } catch (const typename Kind::EventError&) {
            this->require(waiter.wait != Wait::turn, "wait() looked at an event");
            this->require(
                some_line([](const LineModel& line) { return line.has_inherited(Status::failed); }),
                "an event is said to have failed that has not");
        } catch (const juggle::Cancelled&) {
            this->require(waiter.asked_to_stop, "a wait was cancelled that nobody stopped");
        } catch (const std::logic_error&) {
            this->require(std::ranges::any_of(waiter.places, &is_gone),
                          "a ticket is said to be gone that is there");
        } catch (...) {
            this->require(false, "a wait threw something else");
        }
    }

private:
    static bool is_gone(const std::shared_ptr<Place>& place) { return place->gone; }

    static void end_well(Waits& self, Waiter& waiter) {
        waiter.ended = true;
        self.require(!waiter.must_be_cancelled, "a wait went on that was stopped before its turn");
    }

    void check_poison_of_some(const Waiter& waiter, const juggle::ResourcePoisoned& error) {
        const auto poisoned = std::ranges::find_if(waiter.places, [](const auto& place) {
            return !place->gone && place->line->poison() && place->line->has_turn(*place);
        });
        if (poisoned == waiter.places.end()) {
            this->require(false, "poison was seen where there is none, or out of turn");
        } else if (waiter.places.size() == 1) {
            this->check_poison(*(*poisoned)->line, error);
        }
    }

    /// The queue was told to wait for what guards each of them.
    void check_wait_list(const std::vector<std::shared_ptr<Place>>& places) {
        auto lists = this->kind_.queue.wait_lists.end();
        for (auto place = places.rbegin(); place != places.rend(); ++place) {
            if (lists != this->kind_.queue.wait_lists.begin() &&
                this->covers(*(*place)->line, *(lists - 1)) && !(lists - 1)->empty()) {
                --lists;
            } else {
                this->require(this->covers(*(*place)->line, {}),
                              "the queue was not told to wait for all events");
            }
        }
        for (const auto& place : places) {
            this->require(!place->line->has_inherited(Status::failed),
                          "a failed event was not noticed before it was waited for on the device");
        }
    }

    template <class Ticket>
    static juggle::Task<> wait_in_task(Waits& self, std::shared_ptr<Waiter> waiter,
                                       Ticket& ticket) {
        try {
            co_await wait_here(self, *waiter, ticket);
        } catch (...) {}  // has been checked
    }

    static juggle::Task<> wait_for_set(Waits& self, std::shared_ptr<Waiter> waiter,
                                       std::shared_ptr<Set> set) {
        const auto wait = [&](auto& allocations) -> juggle::Task<> {
            if (waiter->wait == Wait::events) {
                (void)co_await allocations.wait_events();
            } else if constexpr (Kind::has_queue) {
                self.kind_.queue.wait_lists.clear();
                (void)co_await allocations.wait_device(self.kind_.queue);
            }
        };
        waiter->started = true;
        try {
            co_await std::visit(wait, *set);
            end_well(self, *waiter);
            for (const auto& place : waiter->places) {
                if (waiter->wait == Wait::events) {
                    self.note_held_after_events(*place);
                } else {
                    self.note_held(*place);
                }
            }
            if constexpr (Kind::has_queue) {
                if (waiter->wait == Wait::device) {
                    self.check_wait_list(waiter->places);
                }
            }
        } catch (...) {
            self.check_end(*waiter, std::current_exception());
        }
    }
};

}  // namespace resource_model
