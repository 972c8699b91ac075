// What bridges post: functions in nodes of their own.

#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/named_node.hpp"
#include "support/polled_executor.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Executor;
using juggle::PostNode;
using support::NamedNode;
using support::PolledExecutor;

static_assert(noexcept(std::declval<Executor&>().post(std::declval<PostNode&>())));
static_assert(!std::is_copy_constructible_v<NamedNode>);

TEST_CASE("a posted node runs at one of the executor's next ticks, once") {
    PolledExecutor polled;
    std::vector<int> list;
    NamedNode node{1, list};
    polled.executor.post(node);
    CHECK(list.empty());
    polled.settle();
    polled.settle();
    CHECK(list == std::vector{1});
}

TEST_CASE("nodes run in the order in which a thread posts them") {
    PolledExecutor polled;
    std::vector<int> list;
    std::vector<std::unique_ptr<NamedNode>> nodes;
    for (int name = 0; name < 10; ++name) {
        nodes.push_back(std::make_unique<NamedNode>(name, list));
        polled.executor.post(*nodes.back());
    }
    polled.settle();
    CHECK(list == std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("a node may be posted again once it has run, also from inside its function") {
    class Again final : public PostNode {
    public:
        explicit Again(Executor& executor) : PostNode{&Again::run}, executor_{executor} {}
        int runs = 0;

    private:
        static void run(PostNode& node) noexcept {
            auto& self = static_cast<Again&>(node);
            if (++self.runs < 1000) {
                self.executor_.post(self);
            }
        }
        Executor& executor_;
    };
    PolledExecutor polled;
    Again node{polled.executor};
    polled.executor.post(node);
    polled.settle();
    CHECK(node.runs == 1000);
    polled.executor.post(node);
    polled.settle();
    CHECK(node.runs == 1001);
}

TEST_CASE("a node may destroy itself in its function") {
    class Once final : public PostNode {
    public:
        explicit Once(bool& ran) : PostNode{&Once::run}, ran_{ran} {}

    private:
        static void run(PostNode& node) noexcept {
            const std::unique_ptr<Once> self{static_cast<Once*>(&node)};
            self->ran_ = true;
        }
        bool& ran_;
    };
    PolledExecutor polled;
    bool ran = false;
    polled.executor.post(*new Once{ran});
    polled.settle();
    CHECK(ran);
}

TEST_CASE("a node may go from one executor to another") {
    PolledExecutor one;
    PolledExecutor two;
    std::vector<int> list;
    NamedNode node{1, list};
    one.executor.post(node);
    one.settle();
    two.executor.post(node);
    two.settle();
    CHECK(list == std::vector{1, 1});
}

TEST_CASE("a node that was posted before its executor is destroyed runs in the destructor") {
    std::vector<int> list;
    NamedNode node{1, list};
    {
        Executor executor;
        executor.post(node);
    }
    CHECK(list == std::vector{1});
}

CO_TEST_CASE("a posted function runs on the executor's thread, inside of the executor",
             "[threads]") {
    support::ManualEvent ran;
    const std::thread::id home = std::this_thread::get_id();
    const juggle::Poster poster = executor.poster();  // something is to come
    std::jthread thread{[&] {
        executor.post([&] {
            CHECK(std::this_thread::get_id() == home);
            CHECK(Executor::current() == &executor);
            ran.complete();
        });
    }};
    co_await ran;
}

TEST_CASE("a posted function may be one that can only be moved, and is destroyed when it has run") {
    PolledExecutor polled;
    const auto shared = std::make_shared<int>(0);
    polled.executor.post([copy = shared, only = std::make_unique<int>(5)] { *copy = *only; });
    CHECK(shared.use_count() == 2);
    polled.settle();
    CHECK(*shared == 5);
    CHECK(shared.use_count() == 1);
}

TEST_CASE("post returns before the function runs, also on the executor's own thread") {
    PolledExecutor polled;
    bool ran = false;
    const auto posts = [&]() -> juggle::Task<> {
        polled.executor.post([&ran] { ran = true; });
        CHECK_FALSE(ran);
        co_return;
    };
    polled.executor.spawn(posts()).detach();
    polled.settle();
    CHECK(ran);
}

TEST_CASE("a function posted to an executor on its way out is destroyed, and never called") {
    const auto shared = std::make_shared<int>(0);
    {
        Executor executor;
        executor.post([&executor, shared] { executor.post([shared] { ++*shared; }); });
    }
    CHECK(*shared == 0);
    CHECK(shared.use_count() == 1);
}
