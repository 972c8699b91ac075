#include "lock_order.hpp"

#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/loop.hpp>

#include <algorithm>
#include <atomic>
#include <limits>
#include <new>
#include <tuple>
#include <unordered_set>

namespace juggle::detail {

namespace {

LockOrder::LineId new_line_id() noexcept {
    static std::atomic<LockOrder::LineId> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

bool later(TicketTrace turn, TicketTrace than) noexcept {
    constexpr std::uint32_t mask = std::numeric_limits<std::uint32_t>::max() >> 1U;
    const std::uint32_t distance = (turn.turn - than.turn) & mask;
    return distance != 0 && distance <= mask / 2;
}

/// The first element of a pair is that one.
template <class Pairs>
auto range_of(Pairs& pairs, LockOrder::LineId line) {
    return std::pair{pairs.lower_bound({line, 0}), pairs.lower_bound({line + 1, 0})};
}

}  // namespace

void LockOrder::own(TaskKey task, const Owned& ticket, const Label& resource) {
    if (owned_.size() >= look_for_ended_at_) {
        forget_ended_tasks();
    }
    if (resources_.size() >= most && !resources_.contains(ticket.line)) {
        forget_everything();
    }
    resources_.try_emplace(ticket.line, resource);
    if (spare_.empty()) {
        if (spare_.capacity() <= owned_.size()) {
            spare_.reserve(2 * (owned_.size() + 1));  // for all of them
        }
        owned_.emplace(task, ticket);
        return;
    }
    auto node = std::move(spare_.back());
    spare_.pop_back();
    node.key() = task;
    node.mapped() = ticket;
    owned_.insert(std::move(node));
}

void LockOrder::disown(TaskKey task, LineId line, std::uint64_t number) noexcept {
    const auto is_it = [line, number](const auto& entry) {
        return entry.second.line == line && entry.second.number == number;
    };
    const auto [first, last] = owned_.equal_range(task);
    auto found = std::find_if(first, last, is_it);
    if (found == last) {
        // A release library has changed the holder, and did not say so.
        found = std::ranges::find_if(owned_, is_it);
    }
    if (found != owned_.end()) {
        auto node = owned_.extract(found);
        if (spare_.size() < spare_.capacity()) {
            spare_.push_back(std::move(node));
        }
    }
}

std::vector<std::string> LockOrder::waited_for(TaskKey task, const Owned& ticket) noexcept {
    std::vector<std::string> texts;
    const auto [first, last] = owned_.equal_range(task);
    try {
        for (auto entry = first; entry != last; ++entry) {
            const Owned& other = entry->second;
            if (other.line != ticket.line) {
                learn({other, ticket, later(ticket.trace, other.trace), task}, texts);
            }
        }
    } catch (const std::bad_alloc&) {
        return texts;  // what is left may be found another time
    }
    return texts;
}

/// If memory runs out nothing is learnt.
void LockOrder::learn(const Edge& edge, std::vector<std::string>& texts) {
    if (edge_count_ >= most) {
        forget_orders();
    }
    std::pmr::vector<Edge>& alike = edges_[{edge.from.line, edge.to.line}];
    const auto same = [&edge](const Edge& other) {
        return other.from.kind == edge.from.kind && other.to.kind == edge.to.kind &&
               other.apart == edge.apart;
    };
    const auto found = std::ranges::find_if(alike, same);
    if (found != alike.end()) {
        if (found->task == 0 || found->task == edge.task) {
            return;
        }
        Edge by_several = *found;
        by_several.task = 0;
        tell(find_cycle(by_several), texts);
        found->task = 0;
        return;
    }
    reverse_.emplace(edge.to.line, edge.from.line);
    alike.reserve(alike.size() + 1);
    tell(find_cycle(edge), texts);
    alike.push_back(edge);
    ++edge_count_;
}

void LockOrder::tell(const Cycle& cycle, std::vector<std::string>& texts) {
    if (cycle.empty() || reported_.size() == max_reports) {
        return;
    }
    std::vector<std::string> lines;
    for (const Edge* part : cycle) {
        lines.push_back(describe(part->from.acquired_at) + " " + describe(part->to.acquired_at) +
                        "\n");
    }
    std::ranges::sort(lines);
    std::string key;
    for (const std::string& line : lines) {
        key += line;
    }
    if (!reported_.contains(key)) {
        std::string told = text(cycle);
        texts.reserve(texts.size() + 1);
        reported_.insert(std::move(key));
        texts.push_back(std::move(told));
    }
}

LockOrder::Cycle LockOrder::find_cycle(const Edge& last) {
    Steps steps{&memory_};
    steps.push_back({&last, std::nullopt, last.apart, last.task == 0});
    std::pmr::set<decltype(steps.front().key())> seen{&memory_};
    seen.insert(steps.front().key());
    for (std::size_t place = 0; place < steps.size(); ++place) {
        const Step step = steps[place];
        const auto [first, end] = range_of(edges_, step.edge->to.line);
        for (auto pair = first; pair != end; ++pair) {
            for (const Edge& next : pair->second) {
                const auto meet = [](const Owned& waits, const Owned& is_before) {
                    return waits.kind == TicketKind::exclusive ||
                           is_before.kind == TicketKind::exclusive;
                };
                if (!meet(step.edge->to, next.from)) {
                    continue;
                }
                const Step further{&next, place, step.apart || next.apart,
                                   step.by_several || next.task != last.task};
                if (next.to.line != last.from.line) {
                    if (seen.insert(further.key()).second) {
                        steps.push_back(further);
                    }
                } else if (further.apart && further.by_several && meet(next.to, last.from)) {
                    steps.push_back(further);
                    return cycle_of(steps, steps.size() - 1);
                }
            }
        }
    }
    return {};
}

/// Nothing if the way there leads through a resource twice.
LockOrder::Cycle LockOrder::cycle_of(const Steps& steps, std::size_t place) {
    Cycle cycle;
    std::unordered_set<LineId> lines;
    for (std::optional<std::size_t> at = place; at; at = steps[*at].before) {
        cycle.push_back(steps[*at].edge);
        if (!lines.insert(cycle.back()->to.line).second) {
            return {};
        }
    }
    std::ranges::reverse(cycle);
    return cycle;
}

std::string LockOrder::text(const Cycle& cycle) const {
    std::string text = "juggle: possible deadlock: tasks that do this can wait for each other";
    for (const Edge* edge : cycle) {
        text += "\n  has resource " + name(edge->from.line) + ", acquired at " +
                describe(edge->from.acquired_at) + ", and waits for " + name(edge->to.line) +
                ", acquired at " + describe(edge->to.acquired_at);
    }
    return text;
}

std::string LockOrder::name(LineId line) const {
    const auto found = resources_.find(line);
    return found == resources_.end() ? std::string{"(forgotten)"} : found->second.text();
}

void LockOrder::forget(LineId line) noexcept {
    resources_.erase(line);
    const auto [first_edge, last_edge] = range_of(edges_, line);
    for (auto pair = first_edge; pair != last_edge; ++pair) {
        reverse_.erase({pair->first.second, line});
        edge_count_ -= pair->second.size();
    }
    edges_.erase(first_edge, last_edge);
    const auto [first, last] = range_of(reverse_, line);
    for (auto pair = first; pair != last; ++pair) {
        const auto edge = edges_.find({pair->second, line});
        edge_count_ -= edge->second.size();
        edges_.erase(edge);
    }
    reverse_.erase(first, last);
}

void LockOrder::forget_everything() noexcept {
    resources_.clear();
    forget_orders();
}

void LockOrder::forget_orders() noexcept {
    edges_.clear();
    reverse_.clear();
    edge_count_ = 0;
}

/// Their tickets left the line while the loop did not run.
void LockOrder::forget_ended_tasks() {
    std::unordered_set<TaskKey> running;
    for (const SpawnedTask* task = tasks_.first(); task != nullptr;
         task = IntrusiveList<SpawnedTask>::after(*task)) {
        if (!task->ended()) {
            running.insert(task->key());
        }
    }
    std::erase_if(owned_, [&running](const auto& entry) { return !running.contains(entry.first); });
    look_for_ended_at_ = std::max<std::size_t>(1'000, 2 * owned_.size());
}

void Ticket::note_taken() noexcept {
    holder_.set(running_task);
    if (current_loop != nullptr) {
        constexpr std::uint64_t mask = std::numeric_limits<std::uint32_t>::max() >> 1U;
        trace_.turn = static_cast<std::uint32_t>(current_loop->turn() & mask);
    }
    own();
}

void Ticket::own() noexcept {
    if (holder_.task() == 0 || current_loop == nullptr) {
        return;
    }
    if (line_->order_id_ == 0) {
        line_->order_id_ = new_line_id();
    }
    try {
        current_loop->lock_order().own(holder_.task(),
                                       {line_->order_id_, trace_, number_, kind_, acquired_at_},
                                       line_->label_);
        trace_.owned = 1;
    } catch (const std::bad_alloc&) {
        return;  // one that nobody is known to have
    }
}

void Ticket::disown() noexcept {
    if (trace_.owned == 0) {
        return;
    }
    trace_.owned = 0;
    LockOrder* order = current_loop == nullptr ? nullptr : current_loop->known_lock_order();
    if (order != nullptr) {
        order->disown(holder_.task(), line_->order_id_, number_);
    }
}

void Ticket::check_order() const noexcept {
    LockOrder* order = trace_.owned == 0 ? nullptr : current_loop->known_lock_order();
    if (order == nullptr) {
        return;
    }
    for (const std::string& text : order->waited_for(
             holder_.task(), {line_->order_id_, trace_, number_, kind_, acquired_at_})) {
        current_loop->report(text);
    }
}

void TicketLine::forget_order() noexcept {
    LockOrder* order = current_loop == nullptr ? nullptr : current_loop->known_lock_order();
    if (order != nullptr && order_id_ != 0) {
        order->forget(order_id_);
    }
}

}  // namespace juggle::detail
