// Awaitables that are not the library's: every legal form of them works in a task, which always
// comes back to its own executor's thread.

#include "support/catch.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <atomic>
#include <coroutine>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::JoinHandle;
using juggle::Task;
using support::exception_of;
using support::TestExecutor;

namespace {

/// Resumes whatever waits, in the place and at the time that the test chooses.
using Completion = std::function<void(std::coroutine_handle<>)>;

void at_once(std::coroutine_handle<> waiting) { waiting.resume(); }

/// On another thread, which is joined when this goes out of scope.
class OtherThread {
public:
    Completion completion() {
        return [this](std::coroutine_handle<> waiting) {
            thread_ = std::jthread{[waiting] { waiting.resume(); }};
        };
    }

private:
    std::jthread thread_;
};

struct Base {
    int value = 0;
    bool await_ready() const noexcept { return false; }
    int await_resume() const noexcept { return value; }
};

struct ReadyAtOnce : Base {
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const { throw std::logic_error{"not needed"}; }
};

struct SuspendsVoid : Base {
    Completion complete;
    void await_suspend(std::coroutine_handle<> waiting) { complete(waiting); }
};

struct SuspendsTrue : Base {
    Completion complete;
    bool await_suspend(std::coroutine_handle<> waiting) {
        const Completion copy = complete;
        copy(waiting);  // this may be gone afterwards
        return true;
    }
};

struct SuspendsFalse : Base {
    bool await_suspend(std::coroutine_handle<>) { return false; }
};

struct TransfersBack : Base {
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) { return waiting; }
};

struct TransfersNowhere : Base {
    Completion complete;
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) {
        const Completion copy = complete;
        copy(waiting);
        return std::noop_coroutine();
    }
};

struct TransfersTyped : Base {
    std::noop_coroutine_handle await_suspend(std::coroutine_handle<> waiting) {
        waiting.resume();
        return std::noop_coroutine();
    }
};

/// Its operator co_await is a member.
struct MemberOperator {
    SuspendsVoid awaiter;
    SuspendsVoid operator co_await() const { return awaiter; }
};

/// Its operator co_await is a free function.
struct FreeOperator {
    SuspendsVoid awaiter;
};
SuspendsVoid operator co_await(const FreeOperator& awaitable) { return awaitable.awaiter; }

/// Its operator co_await wants an rvalue.
struct RvalueOperator {
    SuspendsVoid awaiter;
    SuspendsVoid operator co_await() && { return awaiter; }
};

/// Gives a reference to an awaiter that lives inside of it.
struct ReferenceOperator {
    SuspendsVoid awaiter;
    SuspendsVoid& operator co_await() { return awaiter; }
};

enum class ThrowsIn { ready, suspend, resume };

struct Throwing {
    ThrowsIn where;

    bool await_ready() const {
        throw_if(ThrowsIn::ready);
        return false;
    }
    void await_suspend(std::coroutine_handle<> waiting) const {
        throw_if(ThrowsIn::suspend);
        waiting.resume();
    }
    void await_resume() const { throw_if(ThrowsIn::resume); }

private:
    void throw_if(ThrowsIn here) const {
        if (here == where) {
            throw std::runtime_error{"thrown by the awaitable"};
        }
    }
};

/// Checks that a foreign awaitable gives its value on the thread that awaits it.
template <class Awaitable>
Task<> gives(Awaitable awaitable, int expected) {
    const std::thread::id home = std::this_thread::get_id();
    juggle::Executor* executor = juggle::Executor::current();
    const int value = co_await std::move(awaitable);
    CHECK(value == expected);
    CHECK(std::this_thread::get_id() == home);
    CHECK(juggle::Executor::current() == executor);
}

}  // namespace

CO_TEST_CASE("a foreign awaitable that is ready does not suspend") {
    bool other_ran = false;
    const auto other = [&other_ran]() -> Task<> {
        other_ran = true;
        co_return;
    };
    executor.spawn(other()).detach();
    co_await gives(ReadyAtOnce{{1}}, 1);
    CHECK_FALSE(other_ran);
}

CO_TEST_CASE("a foreign awaitable may complete inside of await_suspend") {
    co_await gives(SuspendsVoid{{1}, at_once}, 1);
    co_await gives(SuspendsTrue{{2}, at_once}, 2);
    co_await gives(TransfersNowhere{{3}, at_once}, 3);
    co_await gives(TransfersTyped{{4}}, 4);
}

CO_TEST_CASE("a foreign awaitable may decline to suspend") {
    co_await gives(SuspendsFalse{{1}}, 1);
}

CO_TEST_CASE("a foreign awaitable may transfer control back") {
    co_await gives(TransfersBack{{1}}, 1);
}

CO_TEST_CASE("a task comes home from a foreign awaitable that completes on another thread",
             "[threads]") {
    for (int round = 0; round < 200; ++round) {
        OtherThread other;
        co_await gives(SuspendsVoid{{1}, other.completion()}, 1);
        co_await gives(SuspendsTrue{{2}, other.completion()}, 2);
        co_await gives(TransfersNowhere{{3}, other.completion()}, 3);
    }
}

CO_TEST_CASE("a foreign awaitable may have operator co_await, as a member or free", "[threads]") {
    OtherThread other;
    co_await gives(MemberOperator{{{1}, other.completion()}}, 1);
    co_await gives(FreeOperator{{{2}, other.completion()}}, 2);
    co_await gives(RvalueOperator{{{3}, other.completion()}}, 3);
    co_await gives(ReferenceOperator{{{4}, other.completion()}}, 4);
}

CO_TEST_CASE("a foreign awaitable may be an lvalue that is awaited again and again") {
    SuspendsVoid awaitable{{7}, at_once};
    for (int round = 0; round < 3; ++round) {
        const int value = co_await awaitable;
        CHECK(value == 7);
    }
    const FreeOperator constant{awaitable};
    for (int round = 0; round < 3; ++round) {
        const int value = co_await constant;
        CHECK(value == 7);
    }
}

CO_TEST_CASE("a foreign awaitable may give a reference or something that can only be moved") {
    struct GivesReference {
        int& target;
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> waiting) { waiting.resume(); }
        int& await_resume() { return target; }
    };
    int target = 0;
    int& reference = co_await GivesReference{target};
    CHECK(&reference == &target);

    struct GivesPointer {
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> waiting) { waiting.resume(); }
        std::unique_ptr<int> await_resume() { return std::make_unique<int>(5); }
    };
    const std::unique_ptr<int> pointer = co_await GivesPointer{};
    CHECK(*pointer == 5);
}

CO_TEST_CASE("a foreign awaitable may throw from each of its functions") {
    const auto await = [](ThrowsIn where) -> Task<> { co_await Throwing{where}; };
    for (const ThrowsIn where : {ThrowsIn::ready, ThrowsIn::suspend, ThrowsIn::resume}) {
        const std::exception_ptr error = co_await exception_of(await(where));
        CHECK(support::text_of(error) == "thrown by the awaitable");
    }
}

CO_TEST_CASE("what a foreign awaitable completes goes on at a later turn, not inside of it") {
    std::coroutine_handle<> waiting;
    SuspendsVoid awaitable{{1}, [&waiting](std::coroutine_handle<> handle) { waiting = handle; }};
    bool went_on = false;
    const auto waits = [&]() -> Task<> {
        (void)co_await awaitable;
        went_on = true;
    };
    const JoinHandle<> handle = executor.spawn(waits());
    co_await juggle::yield();
    waiting.resume();
    CHECK_FALSE(went_on);
    co_await handle;
    CHECK(went_on);
}

CO_TEST_CASE("the standard's suspend_never is a foreign awaitable") {
    co_await std::suspend_never{};
}

CO_TEST_CASE("a task may be resumed from within another coroutine of a foreign kind") {
    struct Eager {
        struct promise_type {
            Eager get_return_object() { return {}; }
            std::suspend_never initial_suspend() { return {}; }
            std::suspend_never final_suspend() noexcept { return {}; }
            void return_void() {}
            void unhandled_exception() { std::terminate(); }
        };
    };
    struct ResumedByEager : Base {
        void await_suspend(std::coroutine_handle<> waiting) {
            const auto resume = [](std::coroutine_handle<> handle) -> Eager {
                handle.resume();
                co_return;
            };
            resume(waiting);
        }
    };
    co_await gives(ResumedByEager{{6}}, 6);
}

CO_TEST_CASE("a foreign wait cannot be cancelled: the request counts at the next await") {
    std::coroutine_handle<> waiting;
    SuspendsVoid awaitable{{1}, [&waiting](std::coroutine_handle<> handle) { waiting = handle; }};
    std::vector<std::string> log;
    const auto waits = [&]() -> Task<> {
        (void)co_await awaitable;
        log.emplace_back("foreign wait over");
        co_await juggle::yield();
        log.emplace_back("not reached");
    };
    const JoinHandle<> handle = executor.spawn(waits());
    co_await juggle::yield();
    handle.request_stop();
    co_await juggle::yield();
    CHECK(log.empty());
    waiting.resume();
    const std::exception_ptr error = co_await exception_of(handle);
    CHECK(support::is<juggle::Cancelled>(error));
    CHECK(log == std::vector<std::string>{"foreign wait over"});
}

TEST_CASE("an executor that is destroyed waits for foreign awaits that other threads complete",
          "[threads]") {
    for (int round = 0; round < 200; ++round) {
        bool went_on = false;
        OtherThread other;
        const auto waits = [&]() -> Task<> {
            (void)co_await SuspendsVoid{{1}, other.completion()};
            went_on = true;
        };
        {
            TestExecutor test;
            test.executor.spawn(waits()).detach();
            (void)test.executor.poll();
        }
        CHECK(went_on);
    }
}

CO_TEST_CASE("many tasks may await threads at once", "[threads]") {
    const auto waits = [](int name) -> Task<int> {
        OtherThread other;
        int sum = 0;
        for (int round = 0; round < 10; ++round) {
            const int value = co_await SuspendsVoid{{name}, other.completion()};
            sum += value;
        }
        co_return sum;
    };
    std::vector<JoinHandle<int>> handles;
    for (int name = 0; name < 50; ++name) {
        handles.push_back(executor.spawn(waits(name)));
    }
    for (int name = 0; name < 50; ++name) {
        const int sum = co_await handles[static_cast<std::size_t>(name)];
        CHECK(sum == 10 * name);
    }
}
