#include "strict_flush/ledger.hpp"

#include "common/layer.hpp"

#include <algorithm>
#include <cstddef>
#include <new>
#include <set>
#include <utility>

namespace layer {

namespace {

cl_int status_of(cl_event event) {
    cl_int status = CL_QUEUED;
    below().clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status,
                           nullptr);
    return status;
}

}  // namespace

Ledger& Ledger::instance() {
    // Never destroyed: the driver's threads may call while the program ends.
    alignas(Ledger) static std::byte storage[sizeof(Ledger)];
    static auto* const ledger = ::new (storage) Ledger;
    return *ledger;
}

void Ledger::queue_created(cl_command_queue queue) {
    cl_command_queue_properties properties = 0;
    below().clGetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES, sizeof properties, &properties,
                                  nullptr);
    const std::lock_guard lock{mutex_};
    queues_[queue] = Queue{
        .number = ++last_queue_,
        .in_order = (properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) == 0,
        .references = 1,
        .gate = nullptr,
        .held = {},
        .last = {},
    };
}

void Ledger::queue_retained(cl_command_queue queue) {
    const std::lock_guard lock{mutex_};
    if (const auto found = queues_.find(queue); found != queues_.end()) {
        ++found->second.references;
    }
}

bool Ledger::queue_released(cl_command_queue queue) {
    const std::lock_guard lock{mutex_};
    const auto found = queues_.find(queue);
    if (found == queues_.end() || found->second.references == 0) {
        return false;
    }
    return --found->second.references == 0;
}

cl_event Ledger::gate(cl_command_queue queue) {
    cl_context context = nullptr;
    if (below().clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context,
                                      static_cast<void*>(&context), nullptr) != CL_SUCCESS) {
        return nullptr;
    }
    const std::lock_guard lock{mutex_};
    const auto found = queues_.find(queue);
    if (found == queues_.end()) {
        return nullptr;
    }
    cl_event& gate = found->second.gate;
    if (gate == nullptr) {
        gate = below().clCreateUserEvent(context, nullptr);
    }
    if (gate != nullptr) {
        below().clRetainEvent(gate);
    }
    return gate;
}

void Ledger::enqueued(cl_command_queue queue, const char* call, cl_event event,
                      std::span<const cl_event> after) {
    const std::lock_guard lock{mutex_};
    Queue& in = queues_.at(queue);
    Command command{.queue = queue,
                    .call = call,
                    .event = event,
                    .after = numbers(after),
                    .flushed = in.gate == nullptr,  // by another thread, in between
                    .awaited = {}};
    // A marker or barrier without a list waits for everything so far, as all do in order.
    if (in.last && (in.in_order || after.empty())) {
        command.after.push_back(*in.last);
    }
    const CommandNumber number = ++last_command_;
    if (!command.flushed) {
        in.held.push_back(number);
    }
    in.last = number;
    by_event_[event] = number;
    commands_.emplace(number, std::move(command));
}

void Ledger::flush(cl_command_queue queue) {
    cl_event gate = nullptr;
    {
        const std::lock_guard lock{mutex_};
        const auto found = queues_.find(queue);
        if (found == queues_.end()) {
            return;
        }
        gate = std::exchange(found->second.gate, nullptr);
        for (const CommandNumber number : std::exchange(found->second.held, {})) {
            commands_.at(number).flushed = true;
        }
    }
    if (gate != nullptr) {
        below().clSetUserEventStatus(gate, CL_COMPLETE);
        below().clReleaseEvent(gate);
    }
    settle();
}

void Ledger::flush_queues_of(std::span<const cl_event> events) {
    std::vector<cl_command_queue> queues;
    {
        const std::lock_guard lock{mutex_};
        for (const CommandNumber number : numbers(events)) {
            queues.push_back(commands_.at(number).queue);
        }
    }
    for (cl_command_queue queue : queues) {
        flush(queue);
    }
}

void Ledger::settle() {
    std::vector<cl_event> ended;
    {
        const std::lock_guard lock{mutex_};
        for (auto command = commands_.begin(); command != commands_.end();) {
            if (!command->second.flushed || status_of(command->second.event) > CL_COMPLETE) {
                ++command;
                continue;
            }
            ended.push_back(command->second.event);
            by_event_.erase(command->second.event);
            command = commands_.erase(command);
        }
    }
    for (cl_event event : ended) {
        below().clReleaseEvent(event);
    }
}

std::vector<CommandNumber> Ledger::numbers(std::span<const cl_event> events) const {
    std::vector<CommandNumber> result;
    for (cl_event event : events) {
        if (const auto found = by_event_.find(event); found != by_event_.end()) {
            result.push_back(found->second);
        }
    }
    return result;
}

Ledger::Waiting::Waiting(const char* call, cl_command_queue queue,
                         std::span<const cl_event> events) {
    Ledger& ledger = instance();
    const std::lock_guard lock{ledger.mutex_};
    Wait wait{.call = call,
              .commands = ledger.numbers(events),
              .since = std::chrono::steady_clock::now()};
    for (const auto& [number, command] : ledger.commands_) {
        if (command.queue == queue) {
            wait.commands.push_back(number);
        }
    }
    if (!wait.commands.empty()) {
        number_ = ++ledger.last_wait_;
        ledger.waits_.emplace(*number_, std::move(wait));
    }
}

Ledger::Waiting::~Waiting() {
    Ledger& ledger = instance();
    if (number_) {
        const std::lock_guard lock{ledger.mutex_};
        ledger.waits_.erase(*number_);
    }
    ledger.settle();
}

std::optional<Wait>* Ledger::wait_for(cl_event event) {
    const auto found = by_event_.find(event);
    return found == by_event_.end() ? nullptr : &commands_.at(found->second).awaited;
}

void Ledger::looked_at(cl_event event) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock{mutex_};
    std::optional<Wait>* const wait = wait_for(event);
    if (wait == nullptr) {
        return;
    }
    if (!*wait) {
        *wait = Wait{.call = "a look at the status (clGetEventInfo)",
                     .commands = {by_event_.at(event)},
                     .since = now,
                     .last_look = now};
    } else if ((*wait)->last_look) {
        (*wait)->last_look = now;
    }
}

void Ledger::called_back(cl_event event) {
    const std::lock_guard lock{mutex_};
    std::optional<Wait>* const wait = wait_for(event);
    if (wait != nullptr && (!*wait || (*wait)->last_look)) {
        *wait = Wait{.call = "a callback (clSetEventCallback)",
                     .commands = {by_event_.at(event)},
                     .since = std::chrono::steady_clock::now()};
    }
}

cl_uint Ledger::own_references(cl_event event) {
    const std::lock_guard lock{mutex_};
    return by_event_.contains(event) ? 1 : 0;
}

std::size_t Ledger::unflushed(cl_command_queue queue) {
    const std::lock_guard lock{mutex_};
    const auto found = queues_.find(queue);
    return found == queues_.end() ? 0 : found->second.held.size();
}

const std::pair<const CommandNumber, Ledger::Command>* Ledger::culprit(
    std::vector<CommandNumber> commands) const {
    std::set<CommandNumber> seen;
    while (!commands.empty()) {
        const CommandNumber number = commands.back();
        commands.pop_back();
        const auto found = commands_.find(number);
        if (found == commands_.end() || !seen.insert(number).second) {
            continue;  // has ended, or was looked at
        }
        const Command& command = found->second;
        if (!command.flushed) {
            return &*found;
        }
        commands.insert(commands.end(), command.after.begin(), command.after.end());
    }
    return nullptr;
}

std::string Ledger::described(const Wait& wait,
                              const std::pair<const CommandNumber, Command>& command) const {
    const Queue& queue = queues_.at(command.second.queue);
    const std::string label = "queue " + std::to_string(queue.number);
    return std::string{wait.call} + " waits for command " + std::to_string(command.first) + ", " +
           command.second.call + " in " + label + ", which nobody has flushed: " + label +
           " needs a clFlush after it (" + std::to_string(queue.held.size()) +
           (queue.held.size() == 1 ? " command" : " commands") + " held back)";
}

std::vector<std::string> Ledger::findings(std::chrono::nanoseconds age, bool untold_only,
                                          std::vector<cl_command_queue>* blamed) {
    settle();
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::string> lines;
    const std::lock_guard lock{mutex_};
    const auto look_at = [&](Wait& wait) {
        if (wait.last_look.value_or(now) - wait.since < age || (untold_only && wait.told)) {
            return;
        }
        if (const auto* command = culprit(wait.commands)) {
            wait.told = true;
            lines.push_back(described(wait, *command));
            if (blamed != nullptr) {
                blamed->push_back(command->second.queue);
            }
        }
    };
    for (auto& [number, wait] : waits_) {
        look_at(wait);
    }
    for (auto& [number, command] : commands_) {
        if (command.awaited) {
            look_at(*command.awaited);
        }
    }
    return lines;
}

std::vector<std::string> Ledger::leftovers() {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> lines;
    for (const auto& [handle, queue] : queues_) {
        if (!queue.held.empty()) {
            lines.push_back("the program ends, and queue " + std::to_string(queue.number) +
                            " was not flushed since command " + std::to_string(queue.held.front()) +
                            ", " + commands_.at(queue.held.front()).call + " (" +
                            std::to_string(queue.held.size()) + " held back)");
        }
    }
    std::ranges::sort(lines);
    return lines;
}

}  // namespace layer
