#include "agents.hpp"

#include <juggle/sleep.hpp>

#include <string>

namespace supervisor {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds quickest_boot = 20s;
constexpr std::chrono::seconds slowest_boot = 90s;
constexpr std::chrono::seconds longest_idle = 90s;

}  // namespace

Agent::Agent(Books& books, std::size_t its_number)
    : number{its_number}, account{books, "agent " + std::to_string(its_number), 1} {}

Agents::Agents(std::size_t count, Books& books, EventLog& log, Random& random, juggle::Clock& clock)
    : books_{books}, log_{log}, random_{random}, clock_{clock} {
    for (std::size_t number = 1; number <= count; ++number) {
        agents_.emplace_back(books, number);
    }
}

Agent* Agents::free_agent() noexcept {
    Agent* found = nullptr;
    for (Agent& agent : agents_) {
        if (agent.job == 0 && (found == nullptr || (agent.ready && !found->ready))) {
            found = &agent;
        }
    }
    return found;
}

AgentLease Agents::try_lease(JobNumber job) {
    Agent* agent = free_agent();
    if (agent == nullptr) {
        return {};
    }
    agent->account.take(job, 1);
    agent->job = job;
    agent->idle.reset();
    if (agent->ready) {
        ++counts_.reused;
    }
    if (free_agent() == nullptr) {
        one_is_free_.reset();
    }
    return AgentLease{agent, GiveAgentBack{this}};
}

void Agents::give_back(Agent& agent) noexcept {
    agent.account.give_back(agent.job, 1);
    agent.job = 0;
    if (agent.ready) {
        agent.idle_since = clock_.now();
        agent.idle.set();
    } else {
        ++counts_.given_up;
        log_("agent ", agent.number, ": boot given up");
    }
    one_is_free_.set();
}

juggle::Task<> Agents::boot(Agent& agent) {
    const std::chrono::seconds takes = random_.between(quickest_boot, slowest_boot);
    co_await juggle::sleep_for(takes);
    ++counts_.booted;
    agent.ready = true;
    log_("agent ", agent.number, ": ready");
}

void Agents::keep(juggle::TaskGroup& keepers) {
    for (Agent& agent : agents_) {
        keepers.spawn(keep(agent));
    }
}

juggle::Task<> Agents::keep(Agent& agent) {
    for (;;) {
        co_await agent.idle;
        co_await juggle::sleep_until(agent.idle_since + longest_idle);
        // Somebody may have had it meanwhile, or may have it still.
        const bool idle_so_long =
            agent.idle.is_set() && clock_.now() >= agent.idle_since + longest_idle;
        if (idle_so_long) {
            shut_down(agent);
        }
    }
}

void Agents::shut_down(Agent& agent) {
    agent.ready = false;
    agent.idle.reset();
    ++counts_.shut_down;
    log_("agent ", agent.number, ": shut down");
}

void Agents::close() {
    for (Agent& agent : agents_) {
        agent.account.close();
        if (agent.job != 0) {
            books_.wrong("agent " + std::to_string(agent.number) + ": not free at the end");
        }
        if (agent.ready) {
            shut_down(agent);
        }
    }
    if (counts_.booted != counts_.shut_down) {
        books_.wrong("agents: " + std::to_string(counts_.booted) + " booted and " +
                     std::to_string(counts_.shut_down) + " shut down");
    }
}

}  // namespace supervisor
