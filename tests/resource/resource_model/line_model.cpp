#include "resource/resource_model/line_model.hpp"

#include <algorithm>
#include <utility>

namespace resource_model {

std::shared_ptr<Place> LineModel::join(const std::shared_ptr<LineModel>& line, bool shared,
                                       unsigned acquired_on_line) {
    auto place = std::make_shared<Place>(Place{line, shared, acquired_on_line});
    line->places_.push_back(place.get());
    ++line->tickets;
    return place;
}

std::size_t LineModel::group_size() const {
    if (places_.empty() || !places_.front()->shared) {
        return std::min<std::size_t>(places_.size(), 1);
    }
    const auto end = std::ranges::find(places_, false, &Place::shared);
    return static_cast<std::size_t>(end - places_.begin());
}

bool LineModel::has_turn(const Place& place) const {
    const auto end = places_.begin() + static_cast<std::ptrdiff_t>(group_size());
    return std::find(places_.begin(), end, &place) != end;
}

bool LineModel::is_free_for(bool shared) const {
    const bool is_next = idle() || (shared && places_.front()->shared && has_turn(*places_.back()));
    return is_next && !has_inherited(Status::pending) && !has_inherited(Status::failed);
}

bool LineModel::has_inherited(Status status) const {
    return std::ranges::any_of(
        inherited_, [&](const Guard& guard) { return (*statuses_)[guard.event] == status; });
}

void LineModel::track(Place& place, std::size_t event) {
    collected_.push_back({event, place.shared});
}

void LineModel::ready(Place& place, const Events& events) {
    for (const std::size_t event : events) {
        track(place, event);
    }
    leave(place, Outcome::respected);
}

void LineModel::fail(Place& place, int cause) {
    if (!poison_) {
        poison_ = Poison{place.acquired_on_line, cause};
    }
    leave(place, Outcome::unknown);
}

void LineModel::drop(Place& place, std::optional<int> cause) {
    if (place.held && cause) {
        fail(place, *cause);
    } else {
        leave(place, place.held ? Outcome::unknown : Outcome::untouched);
    }
}

void LineModel::leave(Place& place, Outcome outcome) {
    if (has_turn(place)) {
        outcome_ = std::max(outcome_, outcome);
        if (group_size() == 1) {
            hand_on();
        }
    }
    std::erase(places_, &place);
    place.gone = true;
    place.held = false;
}

/// Who held the value and released it has respected what was there. Who failed may not have.
void LineModel::hand_on() {
    const Outcome outcome = std::exchange(outcome_, Outcome::untouched);
    if (outcome == Outcome::respected) {
        if (!inherited_.empty()) {
            forgets_failed_later_ = false;
        }
        inherited_ = std::exchange(collected_, {});
    } else if (outcome == Outcome::unknown) {
        if (std::exchange(forgets_failed_later_, false)) {
            forget_failed();
        }
        inherited_.insert(inherited_.end(), collected_.begin(), collected_.end());
        collected_.clear();
    }
}

void LineModel::clear_poison(bool read) {
    poison_.reset();
    if (read || std::ranges::any_of(places_, &Place::held)) {
        forgets_failed_later_ = !inherited_.empty();
    } else {
        forget_failed();
    }
}

void LineModel::forget_failed() {
    std::erase_if(inherited_, [this](const Guard& guard) {
        return (*statuses_)[guard.event] == Status::failed;
    });
}

void LineModel::end_if_unowned() {
    if (has_resource || tickets != 0) {
        return;
    }
    for (const Guard& guard : inherited_) {
        if ((*statuses_)[guard.event] == Status::pending) {
            (*statuses_)[guard.event] = Status::complete;
        }
    }
    inherited_.clear();
}

}  // namespace resource_model
