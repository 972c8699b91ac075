#include "lock_order.hpp"

#if JUGGLE_CHECKS

#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/spawned_task.hpp>

#include <algorithm>
#include <atomic>
#include <new>
#include <string_view>
#include <unordered_set>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

std::uint32_t new_queue_id() noexcept {
    static std::atomic<std::uint32_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

/// The first element of a pair is that one.
template <class Pairs>
auto range_of(Pairs& pairs, std::uint32_t queue) {
    return std::pair{pairs.lower_bound({queue, 0}), pairs.lower_bound({queue + 1, 0})};
}

}  // namespace

Observer* lock_order_of(Loop& loop) noexcept {
    try {
        return &loop.service<LockOrder>();
    } catch (const std::bad_alloc&) {
        return nullptr;  // what is not learnt now may be learnt another time
    }
}

Observer* known_lock_order_of(Loop& loop) noexcept { return loop.known_service<LockOrder>(); }

void LockOrder::ticket_held(const Ticket& ticket) noexcept {
    for (const std::string& text : cycles_closed_by(ticket)) {
        loop_.report(text);
    }
}

std::vector<std::string> LockOrder::cycles_closed_by(const Ticket& ticket) noexcept {
    std::vector<std::string> texts;
    const RingLink& self = ticket;
    try {
        for (const RingLink* link = running_record->tickets.behind;
             link != &running_record->tickets; link = link->behind) {
            if (link == &self) {
                continue;
            }
            const auto& other = static_cast<const Ticket&>(static_cast<const TicketTrace&>(*link));
            if (&other.queue() != &ticket.queue()) {
                learn({known(other), known(ticket), ticket.taken_at() > other.taken_at(),
                       running_record->key()},
                      texts);
            }
        }
    } catch (const std::bad_alloc&) {
        return texts;  // what is left may be found another time
    }
    return texts;
}

void LockOrder::ticket_queue_destroyed(const TicketQueue& queue) noexcept {
    forget(queue.order_id);
}

LockOrder::Owned LockOrder::known(const Ticket& ticket) {
    TicketQueue& queue = ticket.queue();
    if (queue.order_id == 0) {
        queue.order_id = new_queue_id();
    }
    if (!resources_.contains(queue.order_id)) {
        if (resources_.size() >= max_known) {
            forget_everything();
        }
        resources_.emplace(queue.order_id, queue.label());
    }
    return {queue.order_id, ticket.shared() ? TicketKind::shared : TicketKind::exclusive,
            ticket.acquired_at()};
}

/// If memory runs out nothing is learnt.
void LockOrder::learn(const Edge& edge, std::vector<std::string>& texts) {
    if (edge_count_ >= max_known) {
        forget_orders();
    }
    std::pmr::vector<Edge>& alike = edges_[{edge.from.queue, edge.to.queue}];
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
        add_text(find_cycle(by_several), texts);
        found->task = 0;
        return;
    }
    reverse_.emplace(edge.to.queue, edge.from.queue);
    alike.reserve(alike.size() + 1);
    add_text(find_cycle(edge), texts);
    alike.push_back(edge);
    ++edge_count_;
}

void LockOrder::add_text(const Cycle& cycle, std::vector<std::string>& texts) {
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
        std::string words = text(cycle);
        texts.reserve(texts.size() + 1);
        reported_.insert(std::move(key));
        texts.push_back(std::move(words));
    }
}

LockOrder::Cycle LockOrder::find_cycle(const Edge& last) {
    Steps steps{&memory_};
    steps.push_back({&last, std::nullopt, last.apart, last.task == 0});
    std::pmr::set<decltype(steps.front().key())> seen{&memory_};
    seen.insert(steps.front().key());
    for (std::size_t place = 0; place < steps.size(); ++place) {
        const Step step = steps[place];
        const auto [first, end] = range_of(edges_, step.edge->to.queue);
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
                if (next.to.queue != last.from.queue) {
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
    std::unordered_set<QueueId> queues;
    for (std::optional<std::size_t> at = place; at; at = steps[*at].before) {
        cycle.push_back(steps[*at].edge);
        if (!queues.insert(cycle.back()->to.queue).second) {
            return {};
        }
    }
    std::ranges::reverse(cycle);
    return cycle;
}

std::string LockOrder::text(const Cycle& cycle) const {
    std::string text = "juggle: possible deadlock: tasks that do this can wait for each other";
    for (const Edge* edge : cycle) {
        text += "\n  has resource " + name(edge->from.queue) + ", acquired at " +
                describe(edge->from.acquired_at) + ", and waits for " + name(edge->to.queue) +
                ", acquired at " + describe(edge->to.acquired_at);
    }
    return text;
}

std::string LockOrder::name(QueueId queue) const {
    const auto found = resources_.find(queue);
    return found == resources_.end() ? std::string{"(forgotten)"} : found->second.text();
}

void LockOrder::forget(QueueId queue) noexcept {
    resources_.erase(queue);
    const auto [first_edge, last_edge] = range_of(edges_, queue);
    for (auto pair = first_edge; pair != last_edge; ++pair) {
        reverse_.erase({pair->first.second, queue});
        edge_count_ -= pair->second.size();
    }
    edges_.erase(first_edge, last_edge);
    const auto [first, last] = range_of(reverse_, queue);
    for (auto pair = first; pair != last; ++pair) {
        const auto edge = edges_.find({pair->second, queue});
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

}  // namespace juggle::detail

#endif
