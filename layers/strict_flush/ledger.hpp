#pragma once

#include <CL/cl.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace layer {

/// Commands in the order they were enqueued, of all queues.
using CommandNumber = std::uint64_t;

/// Someone who waits, by a blocking call, a callback or by asking for the status again and again.
struct Wait {
    const char* call;
    std::vector<CommandNumber> commands;
    std::chrono::steady_clock::time_point since;
    /// By looking at the status: then it lasts until the last look, and a single one is no wait.
    std::optional<std::chrono::steady_clock::time_point> last_look{};
    bool told = false;
};

/// What the strict flush layer knows: the queues with their gates, the commands that have not ended
/// with what they wait for, and who waits for them.
///
/// A gate is a user event that all commands wait for that were enqueued since the queue was flushed
/// last; to flush is to complete it. Every command's event is kept until the gate is open and the
/// command has ended: PoCL 3.1 dies when an event is released whose dependencies have not settled.
///
/// Thread-safe. Calls no function below while the ledger is locked that could call back.
class Ledger {
public:
    static Ledger& instance();

    void queue_created(cl_command_queue queue);
    void queue_retained(cl_command_queue queue);
    /// True if it was the last of the program's own references.
    [[nodiscard]] bool queue_released(cl_command_queue queue);

    /// The queue's closed gate, retained; null if the queue is not known or no gate can be made.
    [[nodiscard]] cl_event gate(cl_command_queue queue);
    /// A command was enqueued behind the gate. Takes over a reference to its event.
    void enqueued(cl_command_queue queue, const char* call, cl_event event,
                  std::span<const cl_event> after);
    /// Lets the driver have all that was enqueued.
    void flush(cl_command_queue queue);
    /// Those of the queues that the events' commands are in.
    void flush_queues_of(std::span<const cl_event> events);

    /// A blocking call that waits for events, or for everything in a queue, as long as it lives.
    class Waiting {
    public:
        Waiting(const char* call, cl_command_queue queue, std::span<const cl_event> events);
        ~Waiting();
        Waiting(const Waiting&) = delete;
        Waiting& operator=(const Waiting&) = delete;

    private:
        std::optional<std::uint64_t> number_;
    };

    /// Something that does not block waits for an event.
    void looked_at(cl_event event);
    void called_back(cl_event event);
    /// 1 if the ledger has a reference to the event, else 0.
    [[nodiscard]] cl_uint own_references(cl_event event);

    [[nodiscard]] std::size_t unflushed(cl_command_queue queue);
    /// A line for each wait older than `age` that a flush is missing for; marks them as told, and
    /// with `untold_only` leaves out those that are. `opened` gets the queues to blame.
    [[nodiscard]] std::vector<std::string> findings(
        std::chrono::nanoseconds age, bool untold_only,
        std::vector<cl_command_queue>* blamed = nullptr);
    /// A line for each queue with commands that were never flushed.
    [[nodiscard]] std::vector<std::string> leftovers();

private:
    struct Queue {
        unsigned number = 0;
        bool in_order = true;
        unsigned references = 0;
        cl_event gate = nullptr;
        std::vector<CommandNumber> held;  // behind the closed gate
        std::optional<CommandNumber> last;
    };

    struct Command {
        cl_command_queue queue;
        const char* call;
        cl_event event;
        std::vector<CommandNumber> after;
        bool flushed = false;
        std::optional<Wait> awaited;
    };

    Ledger() = default;

    /// Gives up what has ended.
    void settle();
    /// Null if the command of the event is not known, or has ended.
    [[nodiscard]] std::optional<Wait>* wait_for(cl_event event);
    [[nodiscard]] std::vector<CommandNumber> numbers(std::span<const cl_event> events) const;
    /// The first command not flushed that one of these waits for.
    [[nodiscard]] const std::pair<const CommandNumber, Command>* culprit(
        std::vector<CommandNumber> commands) const;
    [[nodiscard]] std::string described(
        const Wait& wait, const std::pair<const CommandNumber, Command>& command) const;

    std::mutex mutex_;
    std::unordered_map<cl_command_queue, Queue> queues_;
    std::map<CommandNumber, Command> commands_;
    std::unordered_map<cl_event, CommandNumber> by_event_;
    std::map<std::uint64_t, Wait> waits_;
    CommandNumber last_command_ = 0;
    std::uint64_t last_wait_ = 0;
    unsigned last_queue_ = 0;
};

}  // namespace layer
