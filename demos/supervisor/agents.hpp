#pragma once

#include "books.hpp"
#include "event_log.hpp"
#include "random.hpp"

#include <juggle/async_event.hpp>
#include <juggle/clock.hpp>
#include <juggle/task.hpp>
#include <juggle/task_group.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

namespace supervisor {

/// What runs a job, one at a time: a machine in a cloud, say. It boots slowly, so it is kept for a
/// while when nobody uses it.
struct Agent {
    Agent(Books& books, std::size_t its_number);

    std::size_t number;       ///< from 1
    Account account;          ///< there is one of it
    JobNumber job = 0;        ///< which has it; 0: nobody
    bool ready = false;       ///< has booted, and was not shut down
    juggle::AsyncEvent idle;  ///< ready, and nobody has it
    juggle::TimePoint idle_since{};
};

class Agents;

struct GiveAgentBack {
    Agents* agents = nullptr;
    void operator()(Agent* agent) const noexcept;
};

/// An agent that a job has, ready or not; given back when it goes, whatever the reason.
using AgentLease = std::unique_ptr<Agent, GiveAgentBack>;

class Agents {
public:
    struct Counts {
        std::uint64_t booted = 0;
        std::uint64_t given_up = 0;  ///< boots that did not end
        std::uint64_t reused = 0;    ///< leases of one that was ready
        std::uint64_t shut_down = 0;
    };

    /// `count` agents, none of which is ready.
    Agents(std::size_t count, Books& books, EventLog& log, Random& random, juggle::Clock& clock);

    /// Without waiting: one that nobody has, a ready one if there is one, else one that has to
    /// `boot`; nothing if there is none.
    [[nodiscard]] AgentLease try_lease(JobNumber job);

    /// Is set while there is one that nobody has. All who wait for it wake, so that it may be gone
    /// again when they look.
    [[nodiscard]] juggle::AsyncEvent& one_is_free() noexcept { return one_is_free_; }

    /// Makes an agent ready. One that is given back earlier has not booted.
    [[nodiscard]] juggle::Task<> boot(Agent& agent);

    /// Starts tasks that shut agents down when they have been idle for a while; to be stopped.
    void keep(juggle::TaskGroup& keepers);

    /// The end: shuts down those that are ready, and looks into the books.
    void close();

    [[nodiscard]] std::size_t size() const noexcept { return agents_.size(); }
    [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

private:
    friend GiveAgentBack;

    void give_back(Agent& agent) noexcept;
    [[nodiscard]] juggle::Task<> keep(Agent& agent);
    void shut_down(Agent& agent);
    [[nodiscard]] Agent* free_agent() noexcept;

    Books& books_;
    EventLog& log_;
    Random& random_;
    juggle::Clock& clock_;
    std::deque<Agent> agents_;
    juggle::AsyncEvent one_is_free_{true};
    Counts counts_;
};

inline void GiveAgentBack::operator()(Agent* agent) const noexcept { agents->give_back(*agent); }

}  // namespace supervisor
