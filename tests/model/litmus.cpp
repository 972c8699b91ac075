// The checker itself: what the memory model allows in the classic small programs is found, all of
// it, and nothing else is.

#include "model-checker/checker.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <functional>
#include <set>
#include <vector>

namespace {

using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;
using Outcomes = std::set<std::vector<long>>;

/// Of a program without a failure; the same whether or not the search is reduced.
Outcomes outcomes_of(const std::function<void()>& program) {
    const model::Report reduced = model::explore(program);
    INFO(reduced.failure << '\n' << reduced.story);
    CHECK(reduced.failure.empty());
    model::Options options;
    options.reduce = false;
    const model::Report all = model::explore(program, options);
    CHECK(all.failure.empty());
    CHECK(reduced.observed == all.observed);
    CHECK(reduced.executions <= all.executions);
    return reduced.observed;
}

std::string failure_of(const std::function<void()>& program) {
    return model::explore(program).failure;
}

Outcomes store_buffering(std::memory_order store, std::memory_order load) {
    return outcomes_of([=] {
        std::atomic<int> x{0};
        std::atomic<int> y{0};
        int a = 0;
        int b = 0;
        model::thread("left", [&] {
            x.store(1, store);
            a = y.load(load);
        });
        model::thread("right", [&] {
            y.store(1, store);
            b = x.load(load);
        });
        model::join();
        model::observe({a, b});
    });
}

Outcomes message_passing(std::memory_order store, std::memory_order load) {
    return outcomes_of([=] {
        std::atomic<int> data{0};
        std::atomic<int> flag{0};
        int a = 0;
        int b = 0;
        model::thread("writer", [&] {
            data.store(1, memory_order_relaxed);
            flag.store(1, store);
        });
        model::thread("reader", [&] {
            a = flag.load(load);
            b = data.load(memory_order_relaxed);
        });
        model::join();
        model::observe({a, b});
    });
}

Outcomes independent_reads(std::memory_order store, std::memory_order load) {
    return outcomes_of([=] {
        std::atomic<int> x{0};
        std::atomic<int> y{0};
        int a = 0;
        int b = 0;
        int c = 0;
        int d = 0;
        model::thread("writes x", [&] { x.store(1, store); });
        model::thread("writes y", [&] { y.store(1, store); });
        model::thread("reads x, y", [&] {
            a = x.load(load);
            b = y.load(load);
        });
        model::thread("reads y, x", [&] {
            c = y.load(load);
            d = x.load(load);
        });
        model::join();
        model::observe({a, b, c, d});
    });
}

const Outcomes all_four{{0, 0}, {0, 1}, {1, 0}, {1, 1}};

}  // namespace

TEST_CASE("store buffering: both loads may miss the stores unless all is seq_cst") {
    CHECK(store_buffering(memory_order_relaxed, memory_order_relaxed) == all_four);
    CHECK(store_buffering(memory_order_release, memory_order_acquire) == all_four);
    CHECK(store_buffering(memory_order_seq_cst, memory_order_acquire) == all_four);
    CHECK(store_buffering(memory_order_release, memory_order_seq_cst) == all_four);
    CHECK(store_buffering(memory_order_seq_cst, memory_order_seq_cst) ==
          Outcomes{{0, 1}, {1, 0}, {1, 1}});
}

TEST_CASE("store buffering: fences that are seq_cst do the same as seq_cst operations") {
    const auto with_fences = [](std::memory_order order) {
        return outcomes_of([=] {
            std::atomic<int> x{0};
            std::atomic<int> y{0};
            int a = 0;
            int b = 0;
            model::thread("left", [&] {
                x.store(1, memory_order_relaxed);
                std::atomic_thread_fence(order);
                a = y.load(memory_order_relaxed);
            });
            model::thread("right", [&] {
                y.store(1, memory_order_relaxed);
                std::atomic_thread_fence(order);
                b = x.load(memory_order_relaxed);
            });
            model::join();
            model::observe({a, b});
        });
    };
    CHECK(with_fences(memory_order_acq_rel) == all_four);
    CHECK(with_fences(memory_order_seq_cst) == Outcomes{{0, 1}, {1, 0}, {1, 1}});
}

TEST_CASE("message passing: what was written before a release is seen after the acquire") {
    const Outcomes ordered{{0, 0}, {0, 1}, {1, 1}};
    CHECK(message_passing(memory_order_relaxed, memory_order_relaxed) == all_four);
    CHECK(message_passing(memory_order_release, memory_order_relaxed) == all_four);
    CHECK(message_passing(memory_order_relaxed, memory_order_acquire) == all_four);
    CHECK(message_passing(memory_order_release, memory_order_acquire) == ordered);
    CHECK(message_passing(memory_order_seq_cst, memory_order_seq_cst) == ordered);
}

TEST_CASE("message passing by fences works like that by operations") {
    const auto with_fences = [](std::memory_order first, std::memory_order second) {
        return outcomes_of([=] {
            std::atomic<int> data{0};
            std::atomic<int> flag{0};
            int a = 0;
            int b = 0;
            model::thread("writer", [&] {
                data.store(1, memory_order_relaxed);
                std::atomic_thread_fence(first);
                flag.store(1, memory_order_relaxed);
            });
            model::thread("reader", [&] {
                a = flag.load(memory_order_relaxed);
                std::atomic_thread_fence(second);
                b = data.load(memory_order_relaxed);
            });
            model::join();
            model::observe({a, b});
        });
    };
    CHECK(with_fences(memory_order_release, memory_order_acquire) ==
          Outcomes{{0, 0}, {0, 1}, {1, 1}});
    CHECK(with_fences(memory_order_release, memory_order_release) == all_four);
    CHECK(with_fences(memory_order_acquire, memory_order_acquire) == all_four);
}

TEST_CASE("two readers of independent writes agree on their order only if all is seq_cst") {
    const std::vector<long> disagree{1, 0, 1, 0};
    CHECK(independent_reads(memory_order_relaxed, memory_order_relaxed).size() == 16);
    CHECK(independent_reads(memory_order_release, memory_order_acquire).count(disagree) == 1);
    const Outcomes sequential = independent_reads(memory_order_seq_cst, memory_order_seq_cst);
    CHECK(sequential.count(disagree) == 0);
    CHECK(sequential.size() == 15);
}

TEST_CASE("coherence: a thread never sees a location go back") {
    const Outcomes seen = outcomes_of([] {
        std::atomic<int> x{0};
        int a = 0;
        int b = 0;
        model::thread("writer", [&] {
            x.store(1, memory_order_relaxed);
            x.store(2, memory_order_relaxed);
        });
        model::thread("reader", [&] {
            a = x.load(memory_order_relaxed);
            b = x.load(memory_order_relaxed);
        });
        model::join();
        model::observe({a, b});
    });
    CHECK(seen == Outcomes{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 2}});
}

TEST_CASE("coherence: all readers agree on the order of two stores") {
    const Outcomes seen = outcomes_of([] {
        std::atomic<int> x{0};
        int a[2];
        int b[2];
        model::thread("writes 1", [&] { x.store(1, memory_order_relaxed); });
        model::thread("writes 2", [&] { x.store(2, memory_order_relaxed); });
        model::thread("reader", [&] {
            a[0] = x.load(memory_order_relaxed);
            a[1] = x.load(memory_order_relaxed);
        });
        model::thread("other reader", [&] {
            b[0] = x.load(memory_order_relaxed);
            b[1] = x.load(memory_order_relaxed);
        });
        model::join();
        model::observe({a[0], a[1], b[0], b[1]});
    });
    CHECK(seen.count({1, 2, 1, 2}) == 1);
    CHECK(seen.count({2, 1, 2, 1}) == 1);
    CHECK(seen.count({1, 2, 2, 1}) == 0);
    CHECK(seen.count({2, 1, 1, 2}) == 0);
}

TEST_CASE("two threads that write two locations crosswise may each lose one store") {
    const auto crosswise = [](std::memory_order order) {
        return outcomes_of([=] {
            std::atomic<int> x{0};
            std::atomic<int> y{0};
            model::thread("x, y", [&] {
                x.store(1, order);
                y.store(2, order);
            });
            model::thread("y, x", [&] {
                y.store(1, order);
                x.store(2, order);
            });
            model::join();
            model::observe({x.load(memory_order_relaxed), y.load(memory_order_relaxed)});
        });
    };
    CHECK(crosswise(memory_order_relaxed) == Outcomes{{1, 1}, {1, 2}, {2, 1}, {2, 2}});
    CHECK(crosswise(memory_order_release) == Outcomes{{1, 1}, {1, 2}, {2, 1}, {2, 2}});
    CHECK(crosswise(memory_order_seq_cst) == Outcomes{{1, 2}, {2, 1}, {2, 2}});
}

TEST_CASE("load buffering is not explored, whatever the order") {
    const Outcomes seen = outcomes_of([] {
        std::atomic<int> x{0};
        std::atomic<int> y{0};
        int a = 0;
        int b = 0;
        model::thread("left", [&] {
            a = x.load(memory_order_relaxed);
            y.store(1, memory_order_relaxed);
        });
        model::thread("right", [&] {
            b = y.load(memory_order_relaxed);
            x.store(1, memory_order_relaxed);
        });
        model::join();
        model::observe({a, b});
    });
    CHECK(seen == Outcomes{{0, 0}, {0, 1}, {1, 0}});
}

TEST_CASE("causality: what one thread has passed on to a second, the second passes to a third") {
    const auto chain = [](std::memory_order store, std::memory_order load) {
        return outcomes_of([=] {
            std::atomic<int> x{0};
            std::atomic<int> y{0};
            int a = 0;
            int b = 0;
            int c = 0;
            model::thread("first", [&] { x.store(1, store); });
            model::thread("second", [&] {
                a = x.load(load);
                y.store(1, store);
            });
            model::thread("third", [&] {
                b = y.load(load);
                c = x.load(memory_order_relaxed);
            });
            model::join();
            model::observe({a, b, c});
        });
    };
    CHECK(chain(memory_order_release, memory_order_acquire).count({1, 1, 0}) == 0);
    CHECK(chain(memory_order_relaxed, memory_order_relaxed).count({1, 1, 0}) == 1);
}

TEST_CASE(
    "a release sequence goes on through read-modify-writes of any thread, not through stores") {
    const auto sequence = [](bool by_store) {
        return outcomes_of([=] {
            std::atomic<int> data{0};
            std::atomic<int> flag{0};
            int a = 0;
            int b = 0;
            model::thread("writer", [&] {
                data.store(1, memory_order_relaxed);
                flag.store(1, memory_order_release);
                if (by_store) {
                    flag.store(2, memory_order_relaxed);
                }
            });
            model::thread("other", [&] {
                if (!by_store) {
                    flag.fetch_add(1, memory_order_relaxed);
                }
            });
            model::thread("reader", [&] {
                a = flag.load(memory_order_acquire);
                b = data.load(memory_order_relaxed);
            });
            model::join();
            model::observe({a, b});
        });
    };
    CHECK(sequence(false).count({2, 0}) == 0);
    CHECK(sequence(false).count({2, 1}) == 1);
    CHECK(sequence(true).count({2, 0}) == 1);
}

TEST_CASE("read-modify-writes lose nothing, however weak") {
    const Outcomes seen = outcomes_of([] {
        std::atomic<int> x{0};
        const auto twice = [&] {
            x.fetch_add(1, memory_order_relaxed);
            x.fetch_add(1, memory_order_relaxed);
        };
        model::thread("left", twice);
        model::thread("right", twice);
        model::join();
        model::observe({x.load(memory_order_relaxed)});
    });
    CHECK(seen == Outcomes{{4}});
}

TEST_CASE("a load and a store lose an addition") {
    const Outcomes seen = outcomes_of([] {
        std::atomic<int> x{0};
        const auto add = [&] { x.store(x.load() + 1); };
        model::thread("left", add);
        model::thread("right", add);
        model::join();
        model::observe({x.load()});
    });
    CHECK(seen == Outcomes{{1}, {2}});
}

TEST_CASE("one of two exchanges succeeds; a weak one may fail without a reason") {
    const auto exchanges = [](bool weak) {
        return outcomes_of([=] {
            std::atomic<int> x{0};
            int won[2] = {};
            for (int& mine : won) {
                model::thread("one", [&x, &mine, weak] {
                    int expected = 0;
                    mine = weak ? x.compare_exchange_weak(expected, 1)
                                : x.compare_exchange_strong(expected, 1);
                });
            }
            model::join();
            model::observe({won[0], won[1]});
        });
    };
    CHECK(exchanges(false) == Outcomes{{0, 1}, {1, 0}});
#if !defined(__clang__)  // which does not tell a weak one from a strong one
    CHECK(exchanges(true) == Outcomes{{0, 0}, {0, 1}, {1, 0}});
#endif
}

TEST_CASE("a value handed over by release and acquire is no race, by anything weaker it is") {
    const auto hand_over = [](std::memory_order store, std::memory_order load) {
        return failure_of([=] {
            int data = 0;
            std::atomic<bool> there{false};
            model::thread("writer", [&] {
                data = 1;
                there.store(true, store);
            });
            model::thread("reader", [&] {
                if (there.load(load)) {
                    model::require(data == 1, "the value");
                }
            });
            model::join();
        });
    };
    CHECK(hand_over(memory_order_release, memory_order_acquire).empty());
    CHECK(hand_over(memory_order_relaxed, memory_order_acquire).starts_with("data race"));
    CHECK(hand_over(memory_order_release, memory_order_relaxed).starts_with("data race"));
}

TEST_CASE("memory is used after it was freed, or freed by nobody: both are failures") {
    const auto owners = [](std::memory_order order, bool leak) {
        return failure_of([=] {
            struct Shared {
                std::atomic<int> owners{2};
                int data = 0;
            };
            auto* shared = new Shared;
            const auto drop = [=] {
                (void)shared->owners.load(memory_order_relaxed);
                if (shared->owners.fetch_sub(1, order) == (leak ? 0 : 1)) {
                    shared->data = 1;
                    delete shared;
                }
            };
            model::thread("left", drop);
            model::thread("right", drop);
            model::join();
        });
    };
    CHECK(owners(memory_order_acq_rel, false).empty());
    CHECK(owners(memory_order_acquire, false).starts_with("data race"));
    CHECK(owners(memory_order_release, false).starts_with("data race"));
    CHECK(owners(memory_order_acq_rel, true).starts_with("leak"));
    CHECK(failure_of([] {
              std::atomic<int*> number{new int{1}};
              delete number.load();
              *number.load() = 2;
          }).starts_with("use of memory after it was freed"));
}

TEST_CASE("a sleep that nobody ends is a deadlock") {
    const auto sleeps = [](bool forgets, bool looks_again) {
        return failure_of([=] {
            std::atomic<int> word{0};
            model::thread("sleeper", [&] {
                if (looks_again) {
                    word.wait(0);
                } else {
                    word.wait(word.load());
                }
            });
            model::thread("waker", [&] {
                word.store(1);
                if (!forgets) {
                    word.notify_one();
                }
            });
            model::join();
        });
    };
    CHECK(sleeps(false, true).empty());
    CHECK(sleeps(true, true).starts_with("deadlock"));
    CHECK(sleeps(false, false).starts_with("deadlock"));
}
