#pragma once

#include <juggle/detail/combine/group_members.hpp>
#include <juggle/executor.hpp>
#include <juggle/task.hpp>
#include <juggle/task_id.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

namespace detail {
struct GroupAccess;
}

/// Tasks that are started one by one and belong together: they are awaited together, and the first
/// failure stops the rest.
///
/// ```
/// juggle::TaskGroup group;
/// for (Connection& connection : connections) {
///     group.spawn(serve(connection));
/// }
/// co_await group.join();
/// ```
///
/// Tasks may spawn into their own group. After `join` a group can be used again. One that is
/// destroyed while tasks of its run was left unjoined: the executor reports it, the tasks are asked
/// to stop and go on by themselves; what they refer to must still be there. `with_task_group`
/// cannot forget to join, nor can an exception get in between.
///
/// Not for results: keep the `JoinHandle` that `Executor::spawn` gives, or use `when_all`. Not for
/// an endless stream of jobs: a `JobQueue` bounds those. For the executor's own thread.
///
/// After Trio's nurseries and Python's `asyncio.TaskGroup`.
class TaskGroup {
public:
    explicit TaskGroup(std::source_location where = std::source_location::current()) noexcept
        : members_{where} {}

    /// Starts a task at the executor's next tick. What it returns is dropped. In a group that is
    /// stopping, because one has failed or by `request_stop`, it ends without running.
    /// `std::logic_error` if the task is empty, or outside of an executor.
    template <class T>
    TaskId spawn(Task<T> task, std::source_location where = std::source_location::current()) {
        return members_.spawn<detail::Unnamed>(std::move(task), where);
    }
    /// With a name, for messages, reports and timelines.
    template <class T>
    TaskId spawn(std::string name, Task<T> task,
                 std::source_location where = std::source_location::current()) {
        return members_.spawn<detail::Named>(std::move(task), where, std::move(name));
    }

    /// `co_await join()` waits until all tasks have ended, also those that are spawned meanwhile,
    /// and rethrows the first failure, if any; later ones go to `on_unhandled_exception`. The group
    /// can be used again then. `Cancelled` is a failure too, unless the task was asked to stop.
    ///
    /// A stop request to the awaiting task is passed on to all of the group; when they have ended,
    /// not before, `Cancelled` is thrown, or the failure of one. If one had failed before, or if
    /// none has noticed the request, the next await throws `Cancelled`. `std::logic_error` if
    /// another task awaits the group already.
    [[nodiscard]] detail::GroupAwaiter join() noexcept { return detail::GroupAwaiter{members_}; }

    /// Asks all tasks to stop, and those that are spawned before the next `join` is over.
    void request_stop() noexcept { members_.stop(); }

    /// How many tasks have not ended.
    [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

private:
    friend detail::GroupAccess;

    detail::GroupMembers members_;
};

namespace detail {

struct GroupAccess {
    /// `co_await`: waits for the end of all tasks, whatever happens; even without memory.
    [[nodiscard]] static GroupAwaiter end(TaskGroup& group) noexcept {
        return GroupAwaiter{group.members_, GroupAwaiter::For::end};
    }
};

}  // namespace detail

/// `co_await with_task_group(body)` calls `body(group)`, a coroutine that returns a `Task`, and
/// gives what that gives when all tasks of the group have ended. If the body fails they are asked
/// to stop, and its exception is rethrown when they have ended; so is the first failure of a task,
/// which stops the others but not the body, unless the body has failed too: then it goes to
/// `on_unhandled_exception`.
///
/// A lambda that stands in the `co_await` itself captures by reference: GCC 12 destroys what it
/// captures by value twice (docs/compilers.md).
template <std::invocable<TaskGroup&> Body>
[[nodiscard]] auto with_task_group(Body body,
                                   std::source_location where = std::source_location::current())
    -> std::invoke_result_t<Body&, TaskGroup&> {
    using Result = typename std::invoke_result_t<Body&, TaskGroup&>::value_type;
    TaskGroup group{where};
    detail::Result<Result> result;
    try {
        if constexpr (std::is_void_v<Result>) {
            co_await std::invoke(body, group);
        } else {
            result.set_value(co_await std::invoke(body, group));
        }
    } catch (...) {
        result.set_error(std::current_exception());
    }
    if (result.has_error()) {
        group.request_stop();
        co_await detail::GroupAccess::end(group);
    } else {
        co_await group.join();
    }
    co_return result.take();
}

}  // namespace juggle
