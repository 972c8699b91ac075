// The ring behind a channel to threads: each element arrives once and in order, nobody sleeps
// forever, and nothing is left when it is closed in the middle.

#include "scenarios.hpp"
#include "support/catch.hpp"

#include <juggle/detail/stream/delivery_ring.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

/// An element that is lost or destroyed twice is a failure of its own.
using Element = std::unique_ptr<int>;
using Ring = juggle::detail::DeliveryRing<Element>;

/// A ring, and the producer that is told of what it awaits.
class Depot {
public:
    Depot(std::size_t capacity, int consumers)
        : ring{capacity}, taken(static_cast<std::size_t>(consumers)) {}

    Ring ring;
    int put = 0;
    std::vector<int> taken;  // how many by each consumer, which alone writes there

    void produce(int elements) {
        while (put < elements && !ring.closed()) {
            if (ring.has_room()) {
                Element element{new int{put + 1}};
                ring.put(element);
                model::require(element == nullptr, "what was put in was moved");
                ++put;
            } else {
                await();
            }
        }
    }

    void close() {
        if (ring.close()) {
            tell();
        }
    }

    /// Until the end, or so many.
    void consume(int consumer, bool blocking, int most) {
        int newest = 0;
        for (int count = 0; count < most; ++count) {
            std::optional<Element> element;
            const Ring::Take result = blocking ? ring.take(element) : ring.try_take(element);
            const bool took =
                result == Ring::Take::taken || result == Ring::Take::taken_and_awaited;
            model::require(took == element.has_value(), "who takes has it");
            if (result == Ring::Take::taken_and_awaited) {
                tell();
            }
            if (!took) {
                model::require(!blocking || result == Ring::Take::ended, "it has ended");
                return;
            }
            model::require(**element > newest, "elements arrive once and in order");
            newest = **element;
            ++taken[static_cast<std::size_t>(consumer)];
        }
    }

    [[nodiscard]] int taken_in_all() const {
        int sum = 0;
        for (const int number : taken) {
            sum += number;
        }
        return sum;
    }

private:
    void tell() {
        posted_ = true;
        told_.fetch_add(1, std::memory_order_release);
        told_.notify_one();
    }
    /// Sleeps until there is room, or it is closed.
    void await() {
        const int told = told_.load(std::memory_order_acquire);
        posted_ = false;
        if (ring.await()) {
            told_.wait(told, std::memory_order_acquire);
        }
    }

    std::atomic<int> told_{0};
    // Stands for the node that is posted to tell: in the hands of who awaits, then of who tells.
    bool posted_ = false;
};

constexpr int all = 100;

std::string name_of(const char* what, std::size_t capacity, int consumers, int elements) {
    return std::string{"delivery, "} + what + ": capacity " + std::to_string(capacity) + ", " +
           std::to_string(consumers) + " consumers, " + std::to_string(elements);
}

/// The producer closes behind the last element; consumers take until the end.
model::Scenario to_the_end(std::size_t capacity, int consumers, int elements,
                           model::Size size = {}) {
    return {name_of("to the end", capacity, consumers, elements),
            [=] {
                Depot depot{capacity, consumers};
                model::thread("producer", [&] {
                    depot.produce(elements);
                    depot.close();
                });
                for (int consumer = 0; consumer < consumers; ++consumer) {
                    model::thread("consumer",
                                  [&depot, consumer] { depot.consume(consumer, true, all); });
                }
                model::join();
                model::require(depot.put == elements, "all was put in");
                model::require(depot.taken_in_all() == elements, "what was put in has arrived");
            },
            size};
}

/// A thread closes while others put in and take; what is left then is destroyed with the ring.
model::Scenario closed(std::size_t capacity, int consumers, int elements, model::Size size = {}) {
    return {name_of("closed by a thread", capacity, consumers, elements),
            [=] {
                Depot depot{capacity, consumers};
                model::thread("producer", [&] { depot.produce(elements); });
                for (int consumer = 0; consumer < consumers; ++consumer) {
                    model::thread("consumer",
                                  [&depot, consumer] { depot.consume(consumer, true, all); });
                }
                model::thread("closes", [&] { depot.close(); });
                model::join();
                model::require(depot.ring.size() ==
                                   static_cast<std::size_t>(depot.put - depot.taken_in_all()),
                               "what was put in has arrived, or is there");
            },
            size};
}

/// It is full at first: the producer has to wait for room, and a consumer takes all of it.
model::Scenario full(std::size_t capacity, int elements, model::Size size = {}) {
    return {name_of("full", capacity, 1, elements),
            [=] {
                Depot depot{capacity, 1};
                depot.produce(static_cast<int>(capacity));
                model::thread("producer", [&] { depot.produce(elements); });
                model::thread("consumer", [&] { depot.consume(0, true, elements); });
                model::join();
                model::require(depot.taken_in_all() == elements, "what was put in has arrived");
            },
            size};
}

/// Consumers that do not sleep, while the producer puts in one more.
model::Scenario trying(std::size_t capacity, int consumers, model::Size size = {}) {
    const int elements = static_cast<int>(capacity);
    return {name_of("trying", capacity, consumers, elements),
            [=] {
                Depot depot{capacity, consumers};
                depot.produce(elements - 1);
                model::thread("producer", [&] { depot.produce(elements); });
                for (int consumer = 0; consumer < consumers; ++consumer) {
                    model::thread("consumer",
                                  [&depot, consumer] { depot.consume(consumer, false, all); });
                }
                model::join();
                model::require(depot.ring.size() ==
                                   static_cast<std::size_t>(depot.put - depot.taken_in_all()),
                               "what was put in has arrived, or is there");
            },
            size};
}

std::vector<model::Scenario> scenarios() {
    const model::Size everything{true, 1, 1};
    const model::Size large{false, 0, 0};
    const model::Size more{false, 1, 1};
    // The small ones first, so that what is wrong is found soon.
    return {to_the_end(1, 1, 1, everything),
            full(1, 2),
            closed(1, 0, 2, everything),
            closed(2, 0, 3),
            trying(2, 1, everything),
            trying(2, 2),
            closed(1, 1, 1),
            full(1, 3, large),
            full(2, 4, large),
            full(1, 2, more),
            trying(3, 2, large),
            to_the_end(1, 1, 2, large),
            to_the_end(1, 2, 1, large),
            closed(1, 1, 2, large),
            closed(1, 2, 1, large)};
}

}  // namespace

TEST_CASE("delivery: no interleaving loses an element or a sleeper, or keeps an element") {
    model::check_all(scenarios());
}

TEST_CASE("delivery: each memory order is needed") {
    using model::Weakening;
    const std::string order =
        "the checker's order of seq_cst operations is that of their execution; in C++20's a tail_ "
        "could be seen that is behind head_";
    model::check_orders("delivery_ring.hpp", scenarios(),
                        {{"head = head_.load(", Weakening::no_acquire, order},
                         {"head_.compare_exchange_weak", Weakening::no_release, order},
                         {"head_.compare_exchange_weak", Weakening::no_acquire, order}});
}
