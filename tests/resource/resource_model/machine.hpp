// Takes steps with the resources and their model alike, and looks after each whether they agree.
#pragma once

#include "resource/resource_model/holders.hpp"
#include "support/resources.hpp"
#include "support/test_executor.hpp"

#include <juggle/acquire_all.hpp>
#include <juggle/yield.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace resource_model {

template <class Kind>
class Machine : private Holders<Kind> {
    using Base = Holders<Kind>;
    using typename Bench<Kind>::Event;
    using typename Bench<Kind>::Types;
    using typename Bench<Kind>::Resource;
    using typename Bench<Kind>::Exclusive;
    using typename Bench<Kind>::Shared;
    using typename Bench<Kind>::Set;
    using Any = typename Types::Any;

public:
    Machine(Kind& kind, const support::Reports& reports) : Base{kind}, reports_{reports} {}
    using Base::failure;

    /// Stops at the first thing that is wrong.
    juggle::Task<> run(const Steps& steps) {
        for (const Step& step : steps) {
            Step fitting = step;
            fitting.slot = slot_for(step);
            co_await take(fitting);
            check();
            ++steps_taken_;
            if (!failure().empty()) {
                co_return;
            }
        }
        co_await finish();
    }
    [[nodiscard]] std::size_t steps_taken() const { return steps_taken_; }

private:
    /// Tickets of a set live and wait together.
    struct SetShare {
        Set set;
        std::vector<std::shared_ptr<Place>> places;
        std::shared_ptr<Waiter> waiter;
    };
    struct Slot {
        std::shared_ptr<Place> place;
        Any ticket;
        std::shared_ptr<Waiter> waiter;
        std::shared_ptr<SetShare> set;
        std::shared_ptr<Holder> holder;

        [[nodiscard]] bool set_waits() const { return set && set->waiter && !set->waiter->ended; }
        [[nodiscard]] bool waits() const { return waiter && !waiter->ended; }
        /// The ticket is known to whoever waits for it.
        [[nodiscard]] bool awaited() const { return waits() && !waiter->must_be_cancelled; }
        [[nodiscard]] bool is_free() const {
            return !holder && !set && !waits() && (!place || place->gone);
        }
        [[nodiscard]] bool has_ticket() const { return place && !holder; }
    };

    /// The slot of a step or, if that has no use for it, most often the next one that has.
    [[nodiscard]] std::uint8_t slot_for(Step step) const;
    juggle::Task<> take(Step step);
    void take_at_once(Step step);
    juggle::Task<> drop_by_exception(Slot& slot);
    juggle::Task<> wait_again(Slot& slot, Wait how);
    juggle::Task<> settle();
    juggle::Task<> finish();

    void take_place(Slot& slot, Any ticket, std::shared_ptr<Place> place);
    void acquire(Step step, bool shared);
    void acquire_all(Step step);
    template <class... Members, class Acquire>
    void keep_set(Step step, std::source_location line, Acquire acquire_now);
    template <bool IsShared>
    void try_acquire(Step step);
    void begin_wait(Slot& slot, Wait how, bool of_set);
    void hold_in_task(Step step);
    void acquire_in_task(Step step);
    void decide(Slot& slot, Decision decision, std::uint8_t choice);
    void try_wait(Slot& slot);
    void track(Slot& slot, std::uint8_t choice);
    void ready(Slot& slot, const Events& events, bool as_span);
    void fail(Slot& slot, bool with_cause);
    void drop(Slot& slot);
    [[nodiscard]] bool may_be_dropped(const Slot& slot) const;
    void forget(Slot& slot);
    void move(Step step);
    void cancel(Slot& slot);
    void settle_event(std::uint8_t choice, Status status);
    void move_resource(std::size_t index);

    [[nodiscard]] bool somebody_reads(const LineModel& line) const;
    [[nodiscard]] bool somebody_must_end() const;
    void check();
    void check(Slot& slot);

    /// Does what a released, waiting or awaited ticket refuses with `std::logic_error`.
    template <class Function>
    bool succeeds(bool expected, Function function) {
        bool done = true;
        try {
            function();
        } catch (const std::logic_error&) {
            done = false;
        }
        this->require(done == expected, expected ? "a ticket refused what it should do"
                                                 : "a ticket did what it should refuse");
        return done;
    }

    /// Places in the program that can be told from each other.
    static std::source_location where(std::uint8_t choice) {
        static const std::array places{
            std::source_location::current(),
            std::source_location::current(),
            std::source_location::current(),
            std::source_location::current(),
        };
        return places[choice % places.size()];
    }

    const support::Reports& reports_;
    std::array<Slot, slot_count> slots_;
    std::size_t steps_taken_ = 0;
};

}  // namespace resource_model

#include "resource/resource_model/machine_checks.hpp"
#include "resource/resource_model/machine_steps.hpp"
#include "resource/resource_model/machine_tickets.hpp"
