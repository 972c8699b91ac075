// The resources, their model, and the comparison of the two.
#pragma once

#include "resource/resource_model/line_model.hpp"
#include "resource/resource_model/step.hpp"
#include "resource/resource_model/tickets.hpp"

#include <juggle/join_handle.hpp>
#include <juggle/resource.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resource_model {

/// What failing holders throw.
struct Failed {
    int number;
};

enum class Wait : std::uint8_t { turn, events, device };

/// Somebody who waits for a ticket, or for all of a set.
struct Waiter {
    Wait wait;
    std::vector<std::shared_ptr<Place>> places;
    juggle::JoinHandle<> task{};
    bool started = false;  // and stands in line, or reads the events
    bool ended = false;    // one way or another
    bool asked_to_stop = false;
    bool must_be_cancelled = false;
};

/// `Kind` says which events there are: see `manual_kind.hpp`.
template <class Kind>
class Bench {
public:
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    /// What is wrong; empty as long as nothing is.
    [[nodiscard]] const std::string& failure() const { return failure_; }

protected:
    using Event = typename Kind::Event;
    using Types = Tickets<Event>;
    using Resource = typename Types::Resource;
    using Exclusive = typename Types::Exclusive;
    using Shared = typename Types::Shared;
    using Set = typename Types::Set;

    explicit Bench(Kind& kind) : kind_{kind} {
        for (std::size_t index = 0; index < resource_count; ++index) {
            make_resource(index);
        }
    }
    ~Bench() = default;

    void require(bool holds, std::string_view what) {
        if (!holds && failure_.empty()) {
            failure_ = what;
        }
    }

    // Resources.

    void make_resource(std::size_t index) {
        if (lines_[index]) {
            lines_[index]->has_resource = false;
            resources_[index].reset();
            lines_[index]->end_if_unowned();
        }
        const std::size_t name = names_++;
        lines_[index] = std::make_shared<LineModel>(name, statuses_);
        resources_[index].emplace("resource " + std::to_string(name), Value{alive_});
    }

    // Events.

    /// One that is pending and others may have, or a new one, which may be complete.
    std::size_t some_event(std::uint8_t choice) {
        std::optional<std::size_t>& slot = pending_[choice % event_count];
        if (!slot || statuses_[*slot] != Status::pending) {
            slot = statuses_.size();
            statuses_.push_back(Status::pending);
            events_.push_back(kind_.make_event());
            if (choice % 4 == 3) {
                set_status(*slot, Status::complete);
            }
        }
        return *slot;
    }
    void set_status(std::size_t event, Status status) {
        statuses_[event] = status;
        kind_.settle(events_[event], status);
    }

    /// `events` are those that guard the line: all of them, but for those that may be forgotten.
    [[nodiscard]] bool covers(const LineModel& line, std::span<const Event> events) const {
        auto seen = events.begin();
        for (const Guard& guard : line.inherited()) {
            if (seen != events.end() && Kind::same(*seen, events_[guard.event])) {
                ++seen;
            } else if (!guard.forgotten_when_complete ||
                       statuses_[guard.event] != Status::complete) {
                return false;
            }
        }
        return seen == events.end();
    }

    // Tickets.

    /// A wait for a turn has ended well.
    void check_turn(const Place& place) {
        require(!place.gone, "a ticket that was dropped or released had its turn");
        require(place.gone || place.line->has_turn(place), "somebody was let in out of turn");
        require(!place.line->poison(), "a poisoned value was given to somebody");
    }
    void note_held(Place& place) {
        check_turn(place);
        place.held = true;
    }
    void note_held(Place& place, std::span<const Event> events) {
        note_held(place);
        require(covers(*place.line, events), "wait() gave other events than those to respect");
    }
    void note_held_after_events(Place& place) {
        note_held(place);
        require(!place.line->has_inherited(Status::pending),
                "somebody was let in before an event was complete");
        require(!place.line->has_inherited(Status::failed), "a failed event was not noticed");
    }

    void check_poison(const LineModel& line, const juggle::ResourcePoisoned& error) {
        if (!line.poison()) {
            require(false, "a value that can be trusted was refused");
            return;
        }
        const std::string text = error.what();
        const std::string place = ":" + std::to_string(line.poison()->acquired_on_line);
        require(text.find("'resource " + std::to_string(line.name()) + "'") != std::string::npos,
                "the poison is not said to be that of the resource");
        require(text.find(place + ", failed") != std::string::npos ||
                    text.find(place + " ") != std::string::npos,
                "the wrong ticket is said to have poisoned the resource");
        require(number_of(error.cause()) == line.poison()->cause, "the poison has another cause");
    }

    /// The number of a failure; 0 for none, -1 for `Cancelled`.
    [[nodiscard]] static int number_of(const std::exception_ptr& cause) {
        if (!cause) {
            return 0;
        }
        try {
            std::rethrow_exception(cause);
        } catch (const Failed& failed) {
            return failed.number;
        } catch (const juggle::Cancelled&) {
            return cancelled_cause;
        } catch (...) {
            return -2;
        }
    }
    static constexpr int cancelled_cause = -1;

    Kind& kind_;
    Statuses statuses_;
    std::vector<Event> events_;
    std::array<std::optional<std::size_t>, event_count> pending_{};
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    std::array<std::shared_ptr<LineModel>, resource_count> lines_;
    std::array<std::optional<Resource>, resource_count> resources_;
    std::size_t names_ = 1;
    int failures_ = 0;           // exceptions made so far
    std::size_t forgotten_ = 0;  // tickets that were not made ready
    std::string failure_;
};

}  // namespace resource_model
