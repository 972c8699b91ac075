#include <juggle/detail/run/wait_report.hpp>
#include <juggle/join_handle.hpp>

#include <stdexcept>
#include <string>

namespace juggle::detail {

void throw_not_joinable(const char* why) {
    throw std::logic_error{"juggle: co_await JoinHandle: " + std::string{why}};
}

void EndAwaiter::describe_task(const Waiter& waiter, WaitReport& report) {
    const SpawnedTask& awaited = static_cast<const EndAwaiter&>(waiter).awaited_;
    const bool itself = &waiter.coroutine().task() == &awaited;
    report.what =
        "the end of task " + std::to_string(awaited.id().number) + (itself ? ", itself" : "");
    report.add(awaited.key(), "is that task");
}

}  // namespace juggle::detail
