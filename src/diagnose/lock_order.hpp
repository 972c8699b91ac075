#pragma once

#include "recycled_memory.hpp"

#include <juggle/detail/base/intrusive_list.hpp>
#include <juggle/detail/base/label.hpp>
#include <juggle/detail/resource/ticket_line.hpp>
#include <juggle/detail/run/spawned_task.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <optional>
#include <set>
#include <source_location>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace juggle::detail {

/// Learns in which orders the tasks of a loop take its resources, and finds orders in which they
/// could come to wait for each other, although they have not yet. For debug builds.
///
/// A graph. Its nodes are resources; an edge from A to B says that a task has waited for B while a
/// ticket for A was its own, so that those behind it in A's line waited for B, too. A cycle of
/// edges is a deadlock that can happen if
///  - at least one of its tasks took its ticket for B later than that for A, in another turn: those
///    of one turn are in the same order in all lines, and a cycle of such is impossible;
///  - at each resource one of the two tickets that meet there is exclusive;
///  - it is not one and the same task that has made all the edges.
///
/// After the lock order graphs of Linux's lockdep and of ThreadSanitizer. There a lock is taken
/// when its wait is over, here the place in the line is, when the ticket is: hence the turns.
class LockOrder {
public:
    explicit LockOrder(const IntrusiveList<SpawnedTask>& tasks) : tasks_{tasks} {}

    using LineId = std::uint32_t;  // never given twice, 0: none

    /// A ticket that a task has.
    struct Owned {
        LineId line;
        TicketTrace trace;
        std::uint64_t number;
        TicketKind kind;
        std::source_location acquired_at;
    };

    void own(TaskKey task, const Owned& ticket, const Label& resource);
    void disown(TaskKey task, LineId line, std::uint64_t number) noexcept;

    /// The task has waited for the ticket. Gives what there is to report, a text for each cycle.
    [[nodiscard]] std::vector<std::string> waited_for(TaskKey task, const Owned& ticket) noexcept;

    /// The resource is destroyed.
    void forget(LineId line) noexcept;

private:
    /// A task that had a ticket for one resource has waited for another.
    struct Edge {
        Owned from;
        Owned to;
        bool apart;    // the tickets are of different turns, the second of the later one
        TaskKey task;  // that has done so; 0: several
    };
    /// How far the search for a cycle has come: at the second resource of an edge.
    struct Step {
        const Edge* edge;
        std::optional<std::size_t> before;
        bool apart;       // some edge up to here
        bool by_several;  // the edges up to here
        [[nodiscard]] auto key() const noexcept {
            return std::tuple{edge->to.line, edge->to.kind, apart, by_several};
        }
    };
    using Steps = std::pmr::vector<Step>;
    using Cycle = std::vector<const Edge*>;
    using Pair = std::pair<LineId, LineId>;

    void learn(const Edge& edge, std::vector<std::string>& texts);
    void tell(const Cycle& cycle, std::vector<std::string>& texts);
    [[nodiscard]] Cycle find_cycle(const Edge& last);
    [[nodiscard]] static Cycle cycle_of(const Steps& steps, std::size_t place);
    [[nodiscard]] std::string text(const Cycle& cycle) const;
    [[nodiscard]] std::string name(LineId line) const;
    void forget_everything() noexcept;
    void forget_orders() noexcept;
    void forget_ended_tasks();

    /// More resources, or edges, than that are forgotten, and learning begins anew.
    static constexpr std::size_t most = 10'000;
    static constexpr std::size_t max_reports = 1'000;

    const IntrusiveList<SpawnedTask>& tasks_;
    RecycledMemory memory_;
    std::pmr::unordered_multimap<TaskKey, Owned> owned_{&memory_};  // by task
    std::vector<decltype(owned_)::node_type> spare_;  // so that the steady state allocates nothing
    std::size_t look_for_ended_at_ = 1'000;           // tickets that are owned
    std::pmr::unordered_map<LineId, Label> resources_{&memory_};
    std::pmr::map<Pair, std::pmr::vector<Edge>> edges_{&memory_};
    std::pmr::set<Pair> reverse_{&memory_};  // the same, with the second resource first
    std::size_t edge_count_ = 0;
    std::set<std::string> reported_;  // the lines of the cycles
};

}  // namespace juggle::detail
