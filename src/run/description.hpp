// What the tasks of an executor are doing, in words. All may throw `std::bad_alloc`. Cold, so that
// GCC makes them small: with -O3 they would take 61 kB, not 28.
#pragma once

#include <juggle/detail/base/task_key.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace juggle::inline JUGGLE_ABI::detail {

class SpawnedTask;
class TaskRing;

/// Of a coroutine: without the types of parameters, and what compilers make of a coroutine. GCC's
/// name for its body is "void f(f(int)::_Z1fi.Frame*)".
[[nodiscard, gnu::cold]] std::string function_name(std::string_view name);

/// All of them, or the first so many, and what they wait for. `running` is the one whose turn it
/// is; 0 if there is none.
[[nodiscard, gnu::cold]] std::string describe_tasks(const TaskRing& tasks, TaskKey running,
                                                    std::size_t max_tasks);

/// The same of one task, without those that are a part of it.
[[nodiscard, gnu::cold]] std::string describe_task(const SpawnedTask& task);

}  // namespace juggle::detail
