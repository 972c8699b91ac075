// The rules of a resource, as simply as they can be said: events and exceptions are numbers, the
// line is a list, and nothing is shared, linked or recycled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace resource_model {

enum class Status : std::uint8_t { pending, complete, failed };

/// Events by their numbers.
using Events = std::vector<std::size_t>;
using Statuses = std::vector<Status>;

/// An event that the next one has to respect. Of a shared holder's it is enough to keep those that
/// are not complete.
struct Guard {
    std::size_t event;
    bool forgotten_when_complete;
};

/// Who failed, and with which exception; 0 if that could not be had.
struct Poison {
    unsigned acquired_on_line;
    int cause;
};

class LineModel;

/// A ticket. It is in line until it is gone.
struct Place {
    std::shared_ptr<LineModel> line;
    bool shared;
    unsigned acquired_on_line;
    bool held = false;
    bool gone = false;
};

/// The group at the front of the line is the first ticket or, if that is shared, all up to the
/// first that is not. It has its turn; when the last of it has gone, its events are handed on.
class LineModel {
public:
    LineModel(std::size_t name, Statuses& statuses) : name_{name}, statuses_{&statuses} {}

    [[nodiscard]] static std::shared_ptr<Place> join(const std::shared_ptr<LineModel>& line,
                                                     bool shared, unsigned acquired_on_line);

    [[nodiscard]] bool has_turn(const Place& place) const;
    [[nodiscard]] bool idle() const { return places_.empty(); }
    /// Whether a new ticket would be held at once by `try_acquire`, if nothing is poisoned.
    [[nodiscard]] bool is_free_for(bool shared) const;

    [[nodiscard]] const std::vector<Guard>& inherited() const { return inherited_; }
    [[nodiscard]] bool has_inherited(Status status) const;
    [[nodiscard]] const std::optional<Poison>& poison() const { return poison_; }

    void track(Place& place, std::size_t event);
    void ready(Place& place, const Events& events);
    void fail(Place& place, int cause);
    /// Without having been released; if it was held, by an exception or because it was forgotten.
    void drop(Place& place, std::optional<int> cause);
    /// `read`: somebody waits for the events that the group has inherited.
    void clear_poison(bool read);

    [[nodiscard]] std::size_t name() const { return name_; }

    /// How many tickets the program still has, released ones too, and whether it has the resource.
    std::size_t tickets = 0;
    bool has_resource = true;
    /// When nobody has anything of it any more, the last events are waited for on the host.
    void end_if_unowned();

private:
    enum class Outcome : std::uint8_t { untouched, respected, unknown };

    [[nodiscard]] std::size_t group_size() const;
    void leave(Place& place, Outcome outcome);
    void hand_on();
    void forget_failed();

    std::size_t name_;
    Statuses* statuses_;
    std::vector<Place*> places_;
    std::vector<Guard> inherited_;
    std::vector<Guard> collected_;
    Outcome outcome_ = Outcome::untouched;
    bool forgets_failed_later_ = false;
    std::optional<Poison> poison_;
};

}  // namespace resource_model
