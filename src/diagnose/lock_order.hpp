#pragma once

#include "recycled_memory.hpp"

#include <juggle/detail/base/label.hpp>
#include <juggle/detail/resource/ticket_queue.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/observer.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <optional>
#include <set>
#include <source_location>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

/// Learns in which orders the tasks of a loop take its resources, and finds orders in which they
/// could come to wait for each other, although they have not yet. For libraries with checks.
///
/// A graph. Its nodes are resources; an edge from A to B says that a task has waited for B while a
/// ticket for A was its own, so that those behind it in A's queue waited for B, too. A cycle of
/// edges is a deadlock that can happen if
///  - at least one of its tasks took its ticket for B later than that for A, in another tick: those
///    of one tick are in the same order in all queues, and a cycle of such is impossible;
///  - at each resource one of the two tickets that meet there is exclusive;
///  - it is not one and the same task that has made all the edges.
///
/// Which tickets a task has is known to the tickets (`TicketTrace`): the graph is asked only when a
/// task that has one has waited for another.
///
/// After the lock order graphs of Linux's lockdep and of ThreadSanitizer. There a lock is taken
/// when its wait is over, here the place in the queue is, when the ticket is: hence the ticks.
class LockOrder final : public Observer, public Service {
public:
    explicit LockOrder(Loop& loop) noexcept : loop_{loop} {}

    /// Its task has waited for it: reports each cycle that this closes.
    void ticket_held(const Ticket& ticket) noexcept override;
    void ticket_queue_destroyed(const TicketQueue& queue) noexcept override;

private:
    using QueueId = std::uint32_t;  // never given twice, 0: none

    /// One end of an edge: a ticket that a task had.
    struct Owned {
        QueueId queue;
        TicketKind kind;
        std::source_location acquired_at;
    };
    /// A task that had a ticket for one resource has waited for another.
    struct Edge {
        Owned from;
        Owned to;
        bool apart;    // the tickets are of different ticks, the second of the later one
        TaskKey task;  // that has done so; 0: several
    };
    /// How far the search for a cycle has come: at the second resource of an edge.
    struct Step {
        const Edge* edge;
        std::optional<std::size_t> before;
        bool apart;       // some edge up to here
        bool by_several;  // the edges up to here
        [[nodiscard]] auto key() const noexcept {
            return std::tuple{edge->to.queue, edge->to.kind, apart, by_several};
        }
    };
    using Steps = std::pmr::vector<Step>;
    using Cycle = std::vector<const Edge*>;
    using Pair = std::pair<QueueId, QueueId>;

    /// A text for each, which has not been reported yet.
    [[nodiscard]] std::vector<std::string> cycles_closed_by(const Ticket& ticket) noexcept;
    [[nodiscard]] Owned known(const Ticket& ticket);
    void learn(const Edge& edge, std::vector<std::string>& texts);
    void add_text(const Cycle& cycle, std::vector<std::string>& texts);
    [[nodiscard]] Cycle find_cycle(const Edge& last);
    [[nodiscard]] static Cycle cycle_of(const Steps& steps, std::size_t place);
    [[nodiscard]] std::string text(const Cycle& cycle) const;
    [[nodiscard]] std::string name(QueueId queue) const;
    void forget(QueueId queue) noexcept;
    void forget_everything() noexcept;
    void forget_orders() noexcept;

    /// More resources, or edges, than that are forgotten, and learning begins anew.
    static constexpr std::size_t max_known = 10'000;
    static constexpr std::size_t max_reports = 1'000;

    Loop& loop_;
    RecycledMemory memory_;
    std::pmr::unordered_map<QueueId, Label> resources_{&memory_};
    std::pmr::map<Pair, std::pmr::vector<Edge>> edges_{&memory_};
    std::pmr::set<Pair> reverse_{&memory_};  // the same, with the second resource first
    std::size_t edge_count_ = 0;
    std::set<std::string> reported_;  // the lines of the cycles
};

}  // namespace juggle::detail
