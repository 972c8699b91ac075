#pragma once

#include <juggle/task_id.hpp>

#include <exception>
#include <source_location>
#include <string>

namespace juggle::inline JUGGLE_ABI {

/// An exception that nobody can retrieve any more: its task was detached, its handle dropped, or
/// its job abandoned in a queue. What `ExecutorOptions::on_unhandled_exception` is given. That a
/// task which was asked to stop ended by `Cancelled` is no such exception.
struct UnhandledException {
    std::exception_ptr exception;
    TaskId task;
    std::source_location spawned_at;
    std::string name{};  // the task's, if it was given one
};

}  // namespace juggle
