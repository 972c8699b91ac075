// The names of tasks.

#include "support/catch.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <set>

using juggle::JoinHandle;
using juggle::Task;
using juggle::TaskId;

namespace {

Task<> nothing() { co_return; }

}  // namespace

CO_TEST_CASE("no two tasks of an executor have the same id, whether or not they live") {
    std::set<TaskId> ids;
    for (int round = 0; round < 1000; ++round) {
        const JoinHandle<> handle = executor.spawn(nothing());
        ids.insert(handle.id());
        co_await handle;
    }
    CHECK(ids.size() == 1000);
}

TEST_CASE("a default-constructed id names no task") {
    juggle::Executor executor;
    const JoinHandle<> handle = executor.spawn(nothing());
    CHECK(handle.id() != TaskId{});
    CHECK(TaskId{} == TaskId{});
}
