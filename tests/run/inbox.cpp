// The lock-free list behind post, state by state. With threads: poster.cpp.

#include "support/catch.hpp"
#include "support/named_node.hpp"

#include <juggle/detail/run/inbox.hpp>
#include <juggle/detail/run/ready_queue.hpp>

#include <optional>
#include <vector>

using juggle::PostNode;
using juggle::TimePoint;
using juggle::detail::Inbox;
using juggle::detail::ReadyQueue;
using support::NamedNode;

namespace {

/// Owns an inbox as a consumer does, and counts the calls of its wake_up function.
struct Consumer {
    int wake_ups = 0;
    Inbox& inbox = *new Inbox{[this] { ++wake_ups; }, false};

    Consumer() = default;
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;
    ~Consumer() { inbox.release(); }

    static void run(PostNode* list) {
        ReadyQueue ready;
        ready.append(list);
        while (!ready.empty()) {
            ReadyQueue::run(ready.pop());
        }
    }
};

}  // namespace

TEST_CASE("take gives everything that was posted, first posted first") {
    Consumer consumer;
    std::vector<int> list;
    NamedNode a{1, list};
    NamedNode b{2, list};
    NamedNode c{3, list};
    CHECK(consumer.inbox.take() == nullptr);
    CHECK(consumer.inbox.post(a));
    CHECK(consumer.inbox.post(b));
    CHECK(consumer.inbox.post(c));
    CHECK(consumer.inbox.has_posts());
    Consumer::run(consumer.inbox.take());
    CHECK(list == std::vector{1, 2, 3});
    CHECK_FALSE(consumer.inbox.has_posts());
    CHECK(consumer.inbox.take() == nullptr);
}

TEST_CASE("an inbox with posts cannot be armed or watched, and keeps them") {
    Consumer consumer;
    std::vector<int> list;
    NamedNode node{1, list};
    CHECK(consumer.inbox.post(node));
    CHECK_FALSE(consumer.inbox.arm());
    CHECK_FALSE(consumer.inbox.watch());
    Consumer::run(consumer.inbox.take());
    CHECK(list == std::vector{1});
}

TEST_CASE("an armed inbox has no posts, and may be armed again or taken from") {
    Consumer consumer;
    CHECK(consumer.inbox.arm());
    CHECK(consumer.inbox.arm());
    CHECK_FALSE(consumer.inbox.has_posts());
    CHECK(consumer.inbox.take() == nullptr);
    std::vector<int> list;
    NamedNode node{1, list};
    CHECK(consumer.inbox.arm());
    CHECK(consumer.inbox.post(node));
    Consumer::run(consumer.inbox.take());
    CHECK(list == std::vector{1});
    CHECK(consumer.wake_ups == 0);
}

TEST_CASE("a watched inbox calls wake_up for the first post only") {
    Consumer consumer;
    std::vector<int> list;
    NamedNode a{1, list};
    NamedNode b{2, list};
    CHECK(consumer.inbox.watch());
    CHECK(consumer.inbox.watch());
    CHECK_FALSE(consumer.inbox.has_posts());
    CHECK(consumer.inbox.post(a));
    CHECK(consumer.inbox.post(b));
    CHECK(consumer.wake_ups == 1);
    Consumer::run(consumer.inbox.take());
    CHECK(list == std::vector{1, 2});
    CHECK(consumer.inbox.watch());
    CHECK(consumer.inbox.take() == nullptr);
    CHECK(consumer.inbox.post(a));
    CHECK(consumer.wake_ups == 1);
    Consumer::run(consumer.inbox.take());
}

TEST_CASE("an inbox that is watched no more calls nothing, and says whether a post has done so") {
    Consumer consumer;
    std::vector<int> list;
    NamedNode node{1, list};
    CHECK_FALSE(consumer.inbox.unwatch());
    CHECK(consumer.inbox.watch());
    CHECK(consumer.inbox.unwatch());
    CHECK_FALSE(consumer.inbox.unwatch());
    CHECK(consumer.inbox.post(node));
    CHECK(consumer.wake_ups == 0);
    Consumer::run(consumer.inbox.take());
    CHECK(consumer.inbox.watch());
    CHECK(consumer.inbox.post(node));
    CHECK_FALSE(consumer.inbox.unwatch());
    CHECK(consumer.wake_ups == 1);
    Consumer::run(consumer.inbox.take());
    CHECK(list == std::vector{1, 1});
}

TEST_CASE("wait returns at once if something was posted since, or if the deadline is past") {
    Consumer consumer;
    std::vector<int> list;
    NamedNode node{1, list};
    CHECK(consumer.inbox.arm());
    consumer.inbox.wait(TimePoint{});
    consumer.inbox.wait(TimePoint::min());
    CHECK(consumer.inbox.post(node));
    consumer.inbox.wait(std::nullopt);
    Consumer::run(consumer.inbox.take());
    CHECK(list == std::vector{1});
}

TEST_CASE("a closed inbox gives what was posted before and takes nothing in") {
    Consumer consumer;
    std::vector<int> list;
    NamedNode before{1, list};
    NamedNode after{2, list};
    CHECK(consumer.inbox.post(before));
    Consumer::run(consumer.inbox.close());
    CHECK(list == std::vector{1});
    CHECK_FALSE(consumer.inbox.post(after));
    CHECK(consumer.inbox.take() == nullptr);
    CHECK(list == std::vector{1});
}

TEST_CASE("an inbox can be closed in each of its states") {
    for (int state = 0; state < 3; ++state) {
        Consumer consumer;
        if (state == 1) {
            CHECK(consumer.inbox.arm());
        } else if (state == 2) {
            CHECK(consumer.inbox.watch());
        }
        CHECK(consumer.inbox.close() == nullptr);
        CHECK(consumer.wake_ups == 0);
    }
}
