// Posting from other threads, to executors that run, sleep, or are gone.

#include "support/allocation_counter.hpp"
#include "support/catch.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <atomic>
#include <barrier>
#include <cstddef>
#include <latch>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Executor;
using juggle::Poster;
using juggle::PostNode;
using juggle::Task;

namespace {

constexpr int thread_count = 4;

class CountingNode final : public PostNode {
public:
    CountingNode() : PostNode{&CountingNode::run} {}
    int runs() const { return runs_.load(); }

private:
    static void run(PostNode& node) noexcept { ++static_cast<CountingNode&>(node).runs_; }
    std::atomic<int> runs_{0};
};

}  // namespace

static_assert(std::is_nothrow_move_constructible_v<Poster>);
static_assert(std::is_copy_constructible_v<Poster>);
static_assert(noexcept(std::declval<const Poster&>().post(std::declval<PostNode&>())));

TEST_CASE("a poster posts to its executor") {
    support::PolledExecutor polled;
    const Poster poster = polled.executor.poster();
    CountingNode node;
    CHECK(poster.post(node));
    polled.settle();
    CHECK(node.runs() == 1);
}

TEST_CASE("a poster may outlive its executor: post returns false, and the node is not called") {
    std::optional<Executor> executor{std::in_place};
    const Poster poster = executor->poster();
    Poster copy;
    copy = poster;
    const Poster moved = std::move(copy);
    executor.reset();
    CountingNode node;
    CHECK_FALSE(poster.post(node));
    CHECK_FALSE(moved.post(node));
    CHECK(node.runs() == 0);

    support::PolledExecutor other;
    other.executor.post(node);  // it was left alone
    other.settle();
    CHECK(node.runs() == 1);
}

TEST_CASE("a default-constructed or moved-from poster refers to no executor") {
    CountingNode node;
    const Poster none;
    CHECK_FALSE(none.post(node));
    Executor executor;
    Poster poster = executor.poster();
    const Poster moved = std::move(poster);
    CHECK_FALSE(poster.post(node));  // NOLINT(bugprone-use-after-move)
    CHECK(moved.post(node));
}

CO_TEST_CASE("posting a node allocates nothing, on any thread", "[threads]") {
    class Completing final : public PostNode {
    public:
        Completing() : PostNode{&Completing::run} {}
        support::ForeignEvent event;

    private:
        static void run(PostNode& node) noexcept {
            static_cast<Completing&>(node).event.complete();
        }
    };
    std::vector<std::unique_ptr<Completing>> nodes;
    for (int index = 0; index < 100; ++index) {
        nodes.push_back(std::make_unique<Completing>());
    }
    std::atomic<std::uint64_t> allocations{0};
    const Poster poster = executor.poster();  // something is to come
    std::jthread thread{[&] {
        const support::AllocationCounter counter;
        for (const auto& node : nodes) {
            executor.post(*node);
        }
        allocations = counter.on_this_thread();
    }};
    for (const auto& node : nodes) {
        co_await node->event;
    }
    thread.join();
    CHECK(allocations.load() == 0);
}

// ---- many threads -------------------------------------------------------------------------------

namespace {

/// Nodes that several threads post, and the check that none is lost and each thread's own order is
/// kept.
class Traffic {
public:
    explicit Traffic(int posts_per_thread) {
        for (int thread = 0; thread < thread_count; ++thread) {
            for (int number = 0; number < posts_per_thread; ++number) {
                nodes_[static_cast<std::size_t>(thread)].push_back(
                    std::make_unique<Node>(*this, thread, number));
            }
        }
        expected_ = thread_count * posts_per_thread;
    }

    template <class Post>
    void send(int thread, Post post) {
        for (const auto& node : nodes_[static_cast<std::size_t>(thread)]) {
            post(*node);
        }
    }

    bool in_order() const { return in_order_; }
    int arrived() const { return arrived_; }
    support::ForeignEvent all_arrived;

private:
    class Node final : public PostNode {
    public:
        Node(Traffic& traffic, int thread, int number)
            : PostNode{&Node::run}, traffic_{traffic}, thread_{thread}, number_{number} {}

    private:
        static void run(PostNode& node) noexcept {
            auto& self = static_cast<Node&>(node);
            self.traffic_.arrive(self.thread_, self.number_);
        }
        Traffic& traffic_;
        int thread_;
        int number_;
    };

    void arrive(int thread, int number) {
        int& next = next_[thread];
        in_order_ = in_order_ && number == next;
        next = number + 1;
        if (++arrived_ == expected_) {
            all_arrived.complete();
        }
    }

    std::vector<std::unique_ptr<Node>> nodes_[thread_count];
    int next_[thread_count] = {};
    int arrived_ = 0;
    int expected_ = 0;
    bool in_order_ = true;
};

}  // namespace

TEST_CASE("nothing is lost and each thread's order is kept when many threads post", "[threads]") {
    Executor executor;
    Traffic traffic{100'000};
    std::vector<std::jthread> senders;
    for (int thread = 0; thread < thread_count; ++thread) {
        senders.emplace_back([&traffic, &executor, thread] {
            traffic.send(thread, [&executor](PostNode& node) { executor.post(node); });
        });
    }
    const auto main = [&traffic]() -> Task<> { co_await traffic.all_arrived; };
    executor.run(main());
    CHECK(traffic.arrived() == thread_count * 100'000);
    CHECK(traffic.in_order());
}

TEST_CASE("nothing is lost when threads post to an executor that keeps falling asleep",
          "[threads]") {
    // Each thread posts only when its last post has arrived, so the executor sleeps all the time.
    constexpr int rounds = 20'000;
    class PingPong final : public PostNode {
    public:
        PingPong() : PostNode{&PingPong::run} {}
        std::atomic<int> arrived{0};
        int left = rounds;
        support::ForeignEvent end;

    private:
        static void run(PostNode& node) noexcept {
            auto& self = static_cast<PingPong&>(node);
            if (--self.left == 0) {
                self.end.complete();
            }
            self.arrived.fetch_add(1);
            self.arrived.notify_one();
        }
    };
    PingPong balls[thread_count];
    Executor executor;
    std::vector<std::jthread> senders;
    for (PingPong& ball : balls) {
        senders.emplace_back([&executor, &ball] {
            for (int round = 0; round < rounds; ++round) {
                executor.post(ball);
                ball.arrived.wait(round);
            }
        });
    }
    const auto main = [&balls]() -> Task<> {
        for (PingPong& ball : balls) {
            co_await ball.end;
        }
    };
    executor.run(main());
    for (const PingPong& ball : balls) {
        CHECK(ball.left == 0);
    }
}

TEST_CASE("an executor may be destroyed while threads post to it through posters", "[threads]") {
    constexpr int rounds = 3000;
    std::optional<Executor> executor;
    Poster shared;
    std::atomic<int> accepted{0};
    std::vector<CountingNode> nodes(thread_count);
    std::barrier sync{thread_count + 1};
    std::vector<std::jthread> senders;
    for (int thread = 0; thread < thread_count; ++thread) {
        senders.emplace_back([&, thread] {
            for (int round = 0; round < rounds; ++round) {
                sync.arrive_and_wait();
                const Poster poster = shared;
                if (poster.post(nodes[static_cast<std::size_t>(thread)])) {
                    ++accepted;
                }
                sync.arrive_and_wait();
            }
        });
    }
    for (int round = 0; round < rounds; ++round) {
        executor.emplace();
        shared = executor->poster();
        sync.arrive_and_wait();
        if (round % 2 == 0) {
            (void)executor->poll();
        }
        executor.reset();
        sync.arrive_and_wait();
    }
    int runs = 0;
    for (const CountingNode& node : nodes) {
        runs += node.runs();
    }
    // Each node was refused, or has run, if only in the destructor.
    CHECK(runs == accepted.load());
}

TEST_CASE("a poster of an executor that is gone may be used by many threads", "[threads]") {
    Poster poster;
    {
        Executor executor;
        poster = executor.poster();
    }
    std::vector<CountingNode> nodes(thread_count);
    {
        std::vector<std::jthread> senders;
        for (CountingNode& node : nodes) {
            senders.emplace_back([&poster, &node] {
                for (int round = 0; round < 10'000; ++round) {
                    const Poster copy = poster;
                    (void)copy.post(node);
                }
            });
        }
    }
    for (const CountingNode& node : nodes) {
        CHECK(node.runs() == 0);
    }
}

TEST_CASE("functions that are posted to an executor on its way out are called or destroyed") {
    for (int round = 0; round < 500; ++round) {
        const auto shared = std::make_shared<int>(0);
        {
            Executor executor;
            for (int index = 0; index < 10; ++index) {
                executor.post([shared] { ++*shared; });
            }
        }
        CHECK(shared.use_count() == 1);
    }
}

namespace {

/// Posts itself again as long as there is an executor.
class Metronome : public juggle::PostNode {
public:
    explicit Metronome(juggle::Poster poster)
        : PostNode{&Metronome::tick}, poster_{std::move(poster)} {}

    bool stopped() const { return stopped_; }

private:
    static void tick(juggle::PostNode& node) noexcept {
        auto& self = static_cast<Metronome&>(node);
        self.stopped_ = !self.poster_.post(self);
    }

    juggle::Poster poster_;
    bool stopped_ = false;
};

}  // namespace

TEST_CASE("a node that posts itself again and again does not keep its executor from ending") {
    auto executor = std::make_unique<juggle::Executor>();
    Metronome metronome{executor->poster()};
    executor->post(metronome);
    executor->run([]() -> juggle::Task<> { co_await juggle::yield(); }());
    executor.reset();
    CHECK(metronome.stopped());
}

TEST_CASE("threads that post until they are refused do not keep an executor from ending",
          "[threads]") {
    for (int round = 0; round < 20; ++round) {
        auto executor = std::make_unique<juggle::Executor>();
        std::vector<std::jthread> posting;
        for (int thread = 0; thread < 3; ++thread) {
            posting.emplace_back([poster = executor->poster()] {
                class Node final : public juggle::PostNode {
                public:
                    Node() : PostNode{&Node::run} {}
                    std::atomic<bool> under_way{false};

                private:
                    static void run(juggle::PostNode& node) noexcept {
                        auto& self = static_cast<Node&>(node);
                        self.under_way = false;
                        self.under_way.notify_one();
                    }
                };
                Node node;
                for (bool accepted = true; accepted;) {
                    node.under_way = true;
                    accepted = poster.post(node);
                    if (accepted) {
                        node.under_way.wait(true);
                    }
                }
            });
        }
        executor->run([]() -> juggle::Task<> { co_await juggle::yield(); }());
        executor.reset();
    }
}
