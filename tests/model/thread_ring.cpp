// The ring behind a thread channel: each element arrives once, in its producer's order, or is given
// back; nobody sleeps forever; nothing is left when it is closed and abandoned in the middle.

#include "scenarios.hpp"
#include "support/catch.hpp"

#include <juggle/detail/stream/thread_ring.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace {

/// An element that is lost or destroyed twice is a failure of its own.
struct Parcel {
    int producer;
    int number;
};
using Element = std::unique_ptr<Parcel>;
using Ring = juggle::detail::ThreadRing<Element>;

/// A ring, and the consumer that is told of what it awaits.
class Depot {
public:
    Depot(std::size_t capacity, int producers)
        : ring{capacity}, pushed(static_cast<std::size_t>(producers)),
          popped(static_cast<std::size_t>(producers)) {}

    Ring ring;
    std::vector<int> pushed;  // by each producer, which alone writes there
    std::vector<int> popped;

    void tell(Ring::Push result) {
        if (result == Ring::Push::taken_and_awaited) {
            tell();
        }
    }
    void tell() {
        posted_ = true;
        told_.fetch_add(1, std::memory_order_release);
        told_.notify_one();
    }

    void pop_all() {
        while (ring.available()) {
            const Element element = std::move(ring.front());
            ring.pop_front();
            int& newest = popped[static_cast<std::size_t>(element->producer)];
            model::require(element->number == newest + 1, "elements arrive once and in order");
            newest = element->number;
        }
    }

    /// Sleeps until there is something, or nothing will come.
    void await() {
        const int told = told_.load(std::memory_order_acquire);
        posted_ = false;
        if (ring.await()) {
            told_.wait(told, std::memory_order_acquire);
        }
    }

    [[nodiscard]] int popped_in_all() const {
        int sum = 0;
        for (const int number : popped) {
            sum += number;
        }
        return sum;
    }

private:
    std::atomic<int> told_{0};
    // Stands for the node that is posted to tell: in the hands of who awaits, then of who tells.
    bool posted_ = false;
};

void push(Depot& depot, int producer, int elements, bool blocking) {
    for (int number = 1; number <= elements; ++number) {
        Element element{new Parcel{producer, number}};
        const Ring::Push result =
            blocking ? depot.ring.push(element) : depot.ring.try_push(element);
        const bool taken = result == Ring::Push::taken || result == Ring::Push::taken_and_awaited;
        model::require(taken == (element == nullptr), "what was not taken was not touched");
        if (!taken) {
            model::require(result == Ring::Push::closed || !blocking, "it is closed");
            return;
        }
        depot.pushed[static_cast<std::size_t>(producer)] = number;
        depot.tell(result);
    }
}

std::string name_of(const char* what, std::size_t capacity, int producers, int elements) {
    return std::string{"ring, "} + what + ": capacity " + std::to_string(capacity) + ", " +
           std::to_string(producers) + " x " + std::to_string(elements);
}

/// Producers that sleep while it is full; the consumer sleeps while it is empty.
model::Scenario blocking(std::size_t capacity, int producers, int elements, model::Size size = {}) {
    return {name_of("blocking", capacity, producers, elements),
            [=] {
                Depot depot{capacity, producers};
                for (int producer = 0; producer < producers; ++producer) {
                    model::thread("producer", [&depot, producer, elements] {
                        push(depot, producer, elements, true);
                    });
                }
                model::thread("consumer", [&] {
                    while (depot.popped_in_all() < producers * elements) {
                        depot.pop_all();
                        if (depot.popped_in_all() < producers * elements) {
                            depot.await();
                        }
                    }
                });
                model::join();
            },
            size};
}

/// The last producer closes; the consumer goes on to the end. `full`: no element was taken out
/// before, so that the others sleep.
model::Scenario closed(std::size_t capacity, int producers, int elements, bool full,
                       model::Size size = {}) {
    return {
        name_of(full ? "closed while full" : "closed by a producer", capacity, producers, elements),
        [=] {
            Depot depot{capacity, producers};
            for (int producer = 0; producer < producers; ++producer) {
                model::thread("producer", [&depot, producer, elements] {
                    push(depot, producer, elements, true);
                });
            }
            const auto close = [&] {
                if (depot.ring.close()) {
                    depot.tell();
                }
            };
            const auto consume = [&] {
                while (!depot.ring.ended()) {
                    depot.pop_all();
                    if (!depot.ring.ended()) {
                        depot.await();
                    }
                }
            };
            model::thread("closes", close);
            if (!full) {
                model::thread("consumer", consume);
            }
            model::join();
            consume();
            model::require(depot.popped == depot.pushed, "what was taken in has arrived");
            model::require(depot.ring.closed(), "it is closed");
        },
        size};
}

/// The consumer is gone while producers push.
model::Scenario abandoned(std::size_t capacity, int producers, int elements, bool blocking,
                          model::Size size = {}) {
    return {name_of(blocking ? "abandoned, blocking" : "abandoned", capacity, producers, elements),
            [=] {
                Depot depot{capacity, producers};
                for (int producer = 0; producer < producers; ++producer) {
                    model::thread("producer", [&depot, producer, elements, blocking] {
                        push(depot, producer, elements, blocking);
                    });
                }
                model::thread("consumer", [&] {
                    depot.pop_all();
                    (void)depot.ring.await();
                    (void)depot.ring.close();
                    depot.ring.abandon();
                });
                model::join();
            },
            size};
}

std::vector<model::Scenario> scenarios() {
    const model::Size all{true, 1, 1};
    const model::Size large{false, 0, 0};
    const model::Size more{false, 1, 1};
    // The small ones first, so that what is wrong is found soon.
    return {blocking(1, 1, 1, all),
            blocking(1, 1, 2),
            closed(1, 1, 1, false),
            closed(1, 1, 2, true),
            closed(1, 2, 1, true),
            abandoned(1, 1, 1, false, all),
            abandoned(2, 2, 1, false),
            abandoned(1, 1, 2, true),
            abandoned(1, 2, 1, true, large),
            blocking(2, 1, 3, large),
            blocking(1, 1, 2, more),
            closed(1, 1, 2, false),
            blocking(1, 2, 1),
            blocking(1, 1, 3, large),
            closed(2, 2, 1, false, large),
            closed(1, 2, 1, false, large)};
}

}  // namespace

TEST_CASE("ring: no interleaving loses an element or a sleeper, or keeps an element") {
    model::check_all(scenarios());
}

TEST_CASE("ring: each memory order is needed") {
    using model::Weakening;
    const std::string looks_twice =
        "when it is full tail_ is looked at twice; the next test weakens both";
    model::check_orders(
        "thread_ring.hpp", scenarios(),
        {{"uint64_t tail = tail_.load(", Weakening::not_sequential, looks_twice},
         {"uint64_t tail = tail_.load(", Weakening::no_acquire, looks_twice},
         {"tail_now = tail_.load(", Weakening::not_sequential, looks_twice},
         {"tail_now = tail_.load(", Weakening::no_acquire, looks_twice},
         {"tail_.compare_exchange_weak", Weakening::no_acquire,
          "what a producer must have seen it gets from head_"},
         {"&& cell_at(tail / 2).state.exchange(", Weakening::no_release,
          "nothing is handed over with the end"},
         {"state.exchange(State::abandoned", Weakening::no_release,
          "nothing is handed over to who destroys its own element"},
         {"return is_closed(tail_.load", Weakening::no_acquire, "nothing is handed over with it"},
         {"state.compare_exchange_strong(state, State::awaited", Weakening::no_acquire,
          "if it fails, available acquires"},
         {"end = tail_.load", Weakening::no_acquire, "who abandons has closed, which acquires"}});
}

TEST_CASE("ring: each memory order of the gate is needed") {
    using model::Weakening;
    const std::string undoes = "only undoes what the load before it has seen";
    model::check_orders(
        "thread_gate.hpp", scenarios(),
        {{"shut() noexcept {", Weakening::not_sequential,
          "in shut: the checker's order of seq_cst operations is that of their execution; C++20's "
          "may be another if this load is not among them"},
         {"shut() noexcept {", Weakening::no_acquire, "as before"},
         {"word_.compare_exchange_strong", Weakening::not_sequential, undoes},
         {"word_.compare_exchange_strong", Weakening::no_release, undoes},
         {"word_.compare_exchange_strong", Weakening::no_acquire, undoes}});
}

TEST_CASE("ring: of the two looks at the end of the line one must be seq_cst") {
    model::Options options;
    options.list_operations = true;
    const model::Scenario scenario = closed(1, 1, 2, true);
    options.early_wakes = options.weak_failures = 0;
    const auto possible = model::explore(scenario.run, options).possible;
    for (const model::Mutation& mutation : possible) {
        if (mutation.operation.kind == "load" &&
            mutation.weakening == model::Weakening::not_sequential) {
            options.mutations.push_back(mutation);
        }
    }
    CHECK(options.mutations.size() > 2);
    CHECK(model::explore(scenario.run, options).failure.starts_with("deadlock"));
}
