#include <juggle/detail/run/wait_report.hpp>
#include <juggle/join_handle.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

void throw_not_joinable(const char* why) {
    throw std::logic_error{"juggle: co_await JoinHandle: " + std::string{why}};
}

void EndAwaiter::describe_wait(WaitReport& report) const {
    const bool itself = &coroutine().task() == &awaited_;
    report.what = "the end of " + awaited_.text() + (itself ? ", itself" : "");
    report.add(awaited_.key(), "is that task");
}

}  // namespace juggle::detail
