#include "description.hpp"

#include "../base/abi_name.hpp"

#include <juggle/detail/base/report.hpp>
#include <juggle/detail/run/promise_base.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/detail/run/wait_report.hpp>
#include <juggle/detail/run/waiter.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

enum class Doing : std::uint8_t { runs, waits, is_ready, not_started };

/// One task and what it waits for.
struct TaskReport {
    const SpawnedTask* task = nullptr;
    Doing doing = Doing::is_ready;
    WaitReport wait;
    const PromiseBase* innermost = nullptr;  // of the coroutines that are suspended
    std::vector<std::size_t> parts;          // their places, the last first
};

TaskReport report_on(const SpawnedTask& task, TaskKey running) {
    TaskReport report{};
    report.task = &task;
    if (task.key() == running) {
        report.doing = Doing::runs;
    } else if (task.suspended_in != nullptr) {
        report.doing = Doing::waits;
        report.innermost = &task.suspended_in->coroutine();
        task.suspended_in->tell(report.wait);
        if (task.reading_events != nullptr) {
            WaitReport guarded;
            task.reading_events->tell(guarded);
            report.wait.what += ", which guards " + guarded.what;
        }
    } else if (task.innermost != nullptr && !task.loop().abandoning()) {
        report.doing = Doing::waits;
        report.innermost = task.innermost;
        report.wait.what = "an awaitable of another library";
    } else if (!task.started()) {
        report.doing = Doing::not_started;
    }
    return report;
}

class Description {
public:
    /// Of one task alone.
    explicit Description(const SpawnedTask& task) : reports_{report_on(task, 0)}, roots_{0} {}

    Description(const TaskRing& tasks, TaskKey running) {
        for (const SpawnedTask* task = tasks.first(); task != nullptr; task = tasks.after(*task)) {
            if (!task->ended()) {
                places_.emplace(task->key(), reports_.size());
                reports_.push_back(report_on(*task, running));
            }
        }
        for (std::size_t place = reports_.size(); place-- > 0;) {
            const SpawnedTask* parent = reports_[place].task->parent();
            const auto found = parent == nullptr ? places_.end() : places_.find(parent->key());
            std::vector<std::size_t>& list =
                found == places_.end() ? roots_ : reports_[found->second].parts;
            list.push_back(place);
        }
    }

    /// A cycle of tasks each of which waits for the next, if there is one.
    [[nodiscard]] std::vector<std::size_t> cycle() const {
        std::vector<char> state = with_hope();  // 1: on the path, 2: leads to no cycle
        std::vector<std::size_t> path;
        for (std::size_t start = 0; start < reports_.size(); ++start) {
            if (state[start] == 0 && find_cycle(start, state, path)) {
                return path;
            }
        }
        return {};
    }

    [[nodiscard]] std::string cycle_text() const {
        const std::vector<std::size_t> members = cycle();
        if (members.empty()) {
            return {};
        }
        std::string text = "these wait for each other:\n";
        for (std::size_t place = 0; place < members.size(); ++place) {
            if (place == max_told - 1 && members.size() > max_told) {
                text += "  and " + std::to_string(members.size() - max_told) + " more like these\n";
                place = members.size() - 1;
            }
            const TaskReport& report = reports_[members[place]];
            const TaskReport& next = reports_[members[(place + 1) % members.size()]];
            text += "  " + name(report) + " waits for " + report.wait.what + "; " + name(next) +
                    " " + how(report, next) + "\n";
        }
        return text;
    }

    /// The tasks, each above its parts; the first `max_tasks` of them.
    [[nodiscard]] std::string tasks_text(std::size_t max_tasks) const {
        std::string text;
        std::vector<std::pair<std::size_t, std::size_t>> left;  // places and depths, the last first
        const auto add_all = [&left](const std::vector<std::size_t>& places, std::size_t depth) {
            for (const std::size_t place : places) {
                left.emplace_back(place, depth);
            }
        };
        add_all(roots_, 0);
        std::size_t told = 0;
        for (; !left.empty() && told < max_tasks; ++told) {
            const auto [place, depth] = left.back();
            left.pop_back();
            add(text, reports_[place], std::string(2 * std::min(depth, max_told), ' '));
            add_all(reports_[place].parts, depth + 1);
        }
        if (told < reports_.size()) {
            text.append("and ").append(std::to_string(reports_.size() - told)).append(" more\n");
        }
        return text;
    }

    [[nodiscard]] std::string summary() const {
        const auto count = [this](Doing doing, std::string_view what) {
            const auto number = std::ranges::count(reports_, doing, &TaskReport::doing);
            return number == 0 ? std::string{} : ", " + std::to_string(number) + std::string{what};
        };
        return std::to_string(reports_.size()) + (reports_.size() == 1 ? " task" : " tasks") +
               count(Doing::runs, " running") + count(Doing::is_ready, " ready") +
               count(Doing::waits, " waiting") + count(Doing::not_started, " not started");
    }

private:
    [[nodiscard]] const TaskReport* find(TaskKey task) const {
        const auto found = places_.find(task);
        return found == places_.end() ? nullptr : &reports_[found->second];
    }

    /// Marks, with a 2, the tasks that could go on if all those could that are in no task's way:
    /// those in a cycle cannot, nor those that wait for any of several which cannot.
    [[nodiscard]] std::vector<char> with_hope() const {
        std::vector<std::vector<std::size_t>> waiting_for(reports_.size());
        std::vector<std::size_t> missing(reports_.size(), 0);
        for (std::size_t place = 0; place < reports_.size(); ++place) {
            const WaitReport& wait = reports_[place].wait;
            bool has_unknown = wait.others != 0;
            for (const WaitReport::Dependency& edge : wait.on) {
                if (const auto found = places_.find(edge.task);
                    edge.sure && found != places_.end()) {
                    waiting_for[found->second].push_back(place);
                    ++missing[place];
                } else {
                    has_unknown = true;
                }
            }
            if (wait.any) {
                missing[place] = has_unknown ? 0 : std::min<std::size_t>(missing[place], 1);
            }
            if (wait.open) {
                missing[place] = 0;
            }
        }
        std::vector<char> marks(reports_.size(), 0);
        std::vector<std::size_t> left;
        const auto mark = [&](std::size_t place) {
            if (missing[place] == 0 && std::exchange(marks[place], 2) == 0) {
                left.push_back(place);
            }
        };
        for (std::size_t place = 0; place < reports_.size(); ++place) {
            mark(place);
        }
        while (!left.empty()) {
            const std::size_t place = left.back();
            left.pop_back();
            for (const std::size_t other : waiting_for[place]) {
                missing[other] -= missing[other] == 0 ? 0 : 1;
                mark(other);
            }
        }
        return marks;
    }

    /// Depth first, without recursion. True: the path ends with the cycle, and is cut to it.
    bool find_cycle(std::size_t start, std::vector<char>& state,
                    std::vector<std::size_t>& path) const {
        std::vector<std::size_t> next_edge{0};
        path.assign(1, start);
        state[start] = 1;
        while (!path.empty()) {
            const auto& edges = reports_[path.back()].wait.on;
            if (next_edge.back() == edges.size()) {
                state[path.back()] = 2;
                path.pop_back();
                next_edge.pop_back();
                continue;
            }
            const WaitReport::Dependency& edge = edges[next_edge.back()++];
            const auto found = places_.find(edge.task);
            if (!edge.sure || found == places_.end() || state[found->second] == 2) {
                continue;
            }
            if (state[found->second] == 1) {
                path.erase(path.begin(), std::ranges::find(path, found->second));
                return true;
            }
            state[found->second] = 1;
            path.push_back(found->second);
            next_edge.push_back(0);
        }
        return false;
    }

    [[nodiscard]] static std::string how(const TaskReport& report, const TaskReport& next) {
        for (const WaitReport::Dependency& edge : report.wait.on) {
            if (edge.sure && edge.task == next.task->key()) {
                return edge.how;
            }
        }
        return {};
    }

    /// Where it waits; nothing if that is not known, or the library itself.
    [[nodiscard]] static std::string user_function(const PromiseBase& coroutine) {
        const std::source_location& where = coroutine.awaiting_at();
        if (where.line() == 0) {
            return {};
        }
        std::string name = function_name(where.function_name());
        if (name.starts_with("juggle::detail::")) {
            name.clear();
        }
        return name;
    }

    [[nodiscard]] static std::string name(const TaskReport& report) {
        std::string text = report.task->text();
        std::vector<const PromiseBase*> coroutines;
        for (const PromiseBase* coroutine = report.innermost; coroutine != nullptr;
             coroutine = coroutine->parent()) {
            coroutines.push_back(coroutine);
        }
        for (; !coroutines.empty(); coroutines.pop_back()) {
            const std::string outermost = user_function(*coroutines.back());
            if (!outermost.empty()) {
                text.append(" (").append(outermost).append(")");
                return text;
            }
        }
        return text;
    }

    [[nodiscard]] static std::string unknown_name(TaskKey task, TaskKey of_this_loop) {
        return "task " + std::to_string(task_number(task)) +
               (of_one_loop(task, of_this_loop) ? ", which has ended, " : " of another executor ");
    }

    void add(std::string& text, const TaskReport& report, const std::string& indent) const {
        text += indent + name(report) + ", spawned at " + describe(report.task->spawned_at());
        switch (report.doing) {
            case Doing::runs:
                text += ": runs\n";
                break;
            case Doing::is_ready:
                text += ": is ready to go on\n";
                break;
            case Doing::not_started:
                text += ": has not started\n";
                break;
            case Doing::waits:
                add_wait(text, report, indent);
                break;
        }
    }

    void add_wait(std::string& text, const TaskReport& report, const std::string& indent) const {
        text += ": waits for " + report.wait.what + "\n";
        std::size_t left = depth_of(report.innermost);
        std::size_t told = 0;
        for (const PromiseBase* coroutine = report.innermost; coroutine != nullptr;
             coroutine = coroutine->parent(), --left) {
            if (told == max_told && left > max_told) {
                text.append(indent).append("    and ").append(std::to_string(left - max_told));
                text.append(" awaits more\n");
                for (; left > max_told; --left) {
                    coroutine = coroutine->parent();
                }
            }
            ++told;
            const std::string function = user_function(*coroutine);
            if (!function.empty()) {
                text.append(indent).append("    at ").append(describe(coroutine->awaiting_at()));
                text.append(" in ").append(function).append("\n");
            }
        }
        for (const WaitReport::Dependency& edge : report.wait.on) {
            const TaskReport* other = find(edge.task);
            const std::string who = other != nullptr ? name(*other) + " "
                                    : edge.task == 0 ? ""
                                                     : unknown_name(edge.task, report.task->key());
            text.append(indent).append("    ").append(who);
            text.append(edge.how).append("\n");
        }
        if (report.wait.others != 0) {
            text.append(indent).append(report.wait.takes_more() ? "    and " : "    and at least ");
            text.append(std::to_string(report.wait.others)).append(" more\n");
        }
    }

    [[nodiscard]] static std::size_t depth_of(const PromiseBase* innermost) noexcept {
        std::size_t depth = 0;
        for (; innermost != nullptr; innermost = innermost->parent()) {
            ++depth;
        }
        return depth;
    }

    /// Of a long chain: so many at its start, and at its end.
    static constexpr std::size_t max_told = 32;

    std::vector<TaskReport> reports_;
    std::vector<std::size_t> roots_;  // those that are no part of another, the last first
    std::unordered_map<TaskKey, std::size_t> places_;
};

}  // namespace

std::string function_name(std::string_view name) {
    if (name.ends_with(']')) {  // " [with T = int]"
        name = name.substr(0, name.find(" ["));
    }
    if (name.ends_with("Frame*)")) {
        if (name.starts_with("void ")) {
            name.remove_prefix(5);
        }
    } else if (name.find('(') == std::string_view::npos) {
        return std::string{name};
    }
    // The last parameter list: to its opening parenthesis. A lambda's is a part of its name.
    int depth = 0;
    std::size_t end = name.rfind(')');
    if (end + 1 < name.size() && name[end + 1] == '>') {
        end = std::string_view::npos;
    }
    for (; end != std::string_view::npos; --end) {
        depth += name[end] == ')' ? 1 : 0;
        depth -= name[end] == '(' ? 1 : 0;
        if (depth == 0 || end == 0) {
            break;
        }
    }
    name = name.substr(0, end);
    // Before the name stands what the function returns, with nothing but brackets' blanks inside.
    depth = 0;
    for (std::size_t index = name.size(); index-- > 0;) {
        const char c = name[index];
        depth += c == '>' || c == ')' ? 1 : 0;
        depth -= c == '<' || c == '(' ? 1 : 0;
        if (c == ' ' && depth == 0) {
            name.remove_prefix(index + 1);
            break;
        }
    }
    std::string plain{name};
    erase_all(plain, "{anonymous}::");
    erase_all(plain, "(anonymous namespace)::");
    erase_abi(plain);
    return plain;
}

std::string describe_tasks(const TaskRing& tasks, TaskKey running, std::size_t max_tasks) {
    const Description description{tasks, running};
    return description.summary() + "\n" + description.cycle_text() +
           description.tasks_text(max_tasks);
}

std::string describe_task(const SpawnedTask& task) { return Description{task}.tasks_text(1); }

}  // namespace juggle::detail
