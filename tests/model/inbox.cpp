// The inbox: everything posted arrives once and in order, nobody sleeps through a post, and it may
// be closed and destroyed while others are inside `post`.

#include "scenarios.hpp"
#include "support/catch.hpp"

#include <juggle/detail/run/inbox.hpp>
#include <juggle/detail/run/ready_queue.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

using juggle::PostNode;
using juggle::detail::Inbox;
using juggle::detail::ReadyQueue;

namespace {

/// Carries something that its producer has written, and is deleted when it has run.
class Letter final : public PostNode {
public:
    Letter(int producer, int number, std::vector<int>& newest)
        : PostNode{&Letter::arrive}, producer_{producer}, number_{number}, newest_{newest} {}

private:
    static void arrive(PostNode& node) noexcept {
        const std::unique_ptr<Letter> letter{static_cast<Letter*>(&node)};
        int& newest = letter->newest_[static_cast<std::size_t>(letter->producer_)];
        model::require(letter->number_ == newest + 1, "letters arrive once and in order");
        newest = letter->number_;
    }

    int producer_;
    int number_;
    std::vector<int>& newest_;
};

/// The consumer's side, and what has arrived.
struct Office {
    explicit Office(std::size_t producers, Inbox::WakeUp wake_up = {})
        : inbox{*new Inbox{std::move(wake_up), false}}, newest(producers) {}

    Inbox& inbox;
    std::vector<int> newest;

    /// By a thread that has a reference.
    [[nodiscard]] bool post(int producer, int number) {
        auto letter = std::make_unique<Letter>(producer, number, newest);
        if (!inbox.post(*letter)) {
            return false;
        }
        (void)letter.release();
        return true;
    }

    /// As the executor does when it ends.
    void end() {
        run(inbox.close());
        inbox.release();
    }

    static void run(PostNode* list) {
        ReadyQueue ready;
        ready.append(list);
        while (!ready.empty()) {
            ReadyQueue::run(ready.pop());
        }
    }

    [[nodiscard]] bool complete(int letters) const {
        for (const int number : newest) {
            if (number != letters) {
                return false;
            }
        }
        return true;
    }
};

/// As `Loop::run_until` does.
void work_until_complete(Office& office, int letters) {
    while (!office.complete(letters)) {
        Office::run(office.inbox.take());
        if (office.complete(letters) || office.inbox.has_posts()) {
            continue;
        }
        if (office.inbox.arm()) {
            office.inbox.wait(std::nullopt);
        }
    }
}

void start_producers(Office& office, int producers, int letters) {
    for (int producer = 0; producer < producers; ++producer) {
        model::thread("producer", [&office, producer, letters] {
            for (int number = 1; number <= letters; ++number) {
                model::require(office.post(producer, number), "an open inbox takes it");
            }
        });
    }
}

model::Scenario sleeping(int producers, int letters, model::Size size = {}) {
    return {"inbox, asleep: " + std::to_string(producers) + " x " + std::to_string(letters),
            [=] {
                Office office{static_cast<std::size_t>(producers)};
                start_producers(office, producers, letters);
                model::thread("consumer", [&] { work_until_complete(office, letters); });
                model::join();
                office.end();
            },
            size};
}

/// As a program does that drives an executor by `poll`.
model::Scenario watched(int producers, int letters, model::Size size = {}) {
    return {"inbox, watched: " + std::to_string(producers) + " x " + std::to_string(letters),
            [=] {
                std::atomic<int> rings{0};
                bool installed = false;
                Office office{static_cast<std::size_t>(producers), [&] {
                                  model::require(installed, "what was before watch is seen");
                                  rings.fetch_add(1, std::memory_order_relaxed);
                                  rings.notify_one();
                              }};
                start_producers(office, producers, letters);
                model::thread("consumer", [&] {
                    installed = true;
                    while (!office.complete(letters)) {
                        const int heard = rings.load(std::memory_order_relaxed);
                        Office::run(office.inbox.take());
                        (void)office.inbox.watch();
                        if (!office.complete(letters) && !office.inbox.has_posts()) {
                            rings.wait(heard, std::memory_order_relaxed);
                        }
                    }
                });
                model::join();
                office.end();
            },
            size};
}

/// The loop's own thread makes something ready while it is watched, as `Loop::schedule_and_wake`
/// does: `wake_up` is called once a watch, by that thread or by a post.
model::Scenario unwatched(int producers, int letters, model::Size size = {}) {
    return {"inbox, unwatched: " + std::to_string(producers) + " x " + std::to_string(letters),
            [=] {
                std::atomic<int> rings{0};
                int watches = 0;
                const auto ring = [&rings] {
                    rings.fetch_add(1, std::memory_order_relaxed);
                    rings.notify_one();
                };
                Office office{static_cast<std::size_t>(producers), ring};
                start_producers(office, producers, letters);
                model::thread("consumer", [&] {
                    watches += office.inbox.watch() ? 1 : 0;
                    if (watches != 0 && office.inbox.unwatch()) {
                        ring();
                    }
                    while (!office.complete(letters)) {
                        const int heard = rings.load(std::memory_order_relaxed);
                        Office::run(office.inbox.take());
                        if (!office.complete(letters) && office.inbox.watch()) {
                            ++watches;
                            rings.wait(heard, std::memory_order_relaxed);
                            // A late ring for an earlier watch.
                            watches -= office.inbox.unwatch() ? 1 : 0;
                        }
                    }
                });
                model::join();
                model::require(rings.load(std::memory_order_relaxed) == watches,
                               "each watch ends by one call of wake_up");
                office.end();
            },
            size};
}

/// As `Loop::~Loop` does for an idle source, which may go away when no call of its `wake` runs.
model::Scenario source_goes(int producers, model::Size size = {}) {
    return {"inbox, idle source: " + std::to_string(producers),
            [=] {
                int source = 1;
                Office office{static_cast<std::size_t>(producers), [&source] {
                                  model::require(source == 1, "what is called is there");
                              }};
                start_producers(office, producers, 1);
                model::thread("consumer", [&] {
                    std::uint32_t begun = 0;
                    if (office.inbox.watch() && !office.inbox.unwatch()) {
                        ++begun;
                    }
                    Office::run(office.inbox.take());
                    if (office.inbox.wakes() == begun) {
                        source = 0;
                    }
                });
                model::join();
                office.end();
            },
            size};
}

enum class Before { nothing, arm, watch, take };

model::Scenario teardown(int producers, Before before, model::Size size = {}) {
    return {"inbox, teardown: " + std::to_string(producers) + ", " +
                std::vector<std::string>{"at once", "armed", "watched",
                                         "taken"}[static_cast<std::size_t>(before)],
            [=] {
                std::atomic<int> rings{0};
                Office office{static_cast<std::size_t>(producers),
                              [&rings] { rings.fetch_add(1, std::memory_order_relaxed); }};
                std::vector<int> taken(static_cast<std::size_t>(producers));
                for (int producer = 0; producer < producers; ++producer) {
                    office.inbox.retain();
                    model::thread("producer", [&, producer] {
                        taken[static_cast<std::size_t>(producer)] =
                            office.post(producer, 1) ? 1 : 0;
                        office.inbox.release();
                    });
                }
                model::thread("consumer", [&] {
                    if (before == Before::arm) {
                        (void)office.inbox.arm();
                    } else if (before == Before::watch) {
                        (void)office.inbox.watch();
                    } else if (before == Before::take) {
                        Office::run(office.inbox.take());
                    }
                    office.end();
                });
                model::join();
                model::require(office.newest == taken, "what was taken in has arrived");
            },
            size};
}

/// A driver's callback: nobody but the executor has a reference while it is inside `post`.
model::Scenario teardown_under_a_driver() {
    return {"inbox, teardown: a post holds its own reference", [] {
                Office office{1, [] {}};
                // Gives its own reference up as soon as it has been posted, as an entry does.
                struct Entry final : PostNode {
                    Inbox& inbox;
                    explicit Entry(Inbox& target)
                        : PostNode{[](PostNode& node) noexcept {
                              static_cast<Entry&>(node).inbox.release();
                          }},
                          inbox{target} {}
                };
                Entry entry{office.inbox};
                office.inbox.retain();
                model::thread("driver", [&] {
                    if (!office.inbox.post(entry)) {
                        entry.inbox.release();
                    }
                });
                model::thread("consumer", [&] {
                    (void)office.inbox.watch();
                    office.end();
                });
                model::join();
            }};
}

/// A node that posts itself again while others post.
model::Scenario posted_again(model::Size size) {
    return {"inbox, a node that is posted again from its own function",
            [] {
                struct Again final : PostNode {
                    Inbox& inbox;
                    int left = 2;
                    explicit Again(Inbox& target)
                        : PostNode{[](PostNode& node) noexcept {
                              auto& self = static_cast<Again&>(node);
                              if (--self.left > 0) {
                                  (void)self.inbox.post(self);
                              }
                          }},
                          inbox{target} {}
                };
                Office office{1};
                Again again{office.inbox};
                start_producers(office, 1, 1);
                model::thread("other", [&] { (void)office.inbox.post(again); });
                model::thread("consumer", [&] {
                    while (!office.complete(1) || again.left > 0) {
                        Office::run(office.inbox.take());
                        if ((!office.complete(1) || again.left > 0) && office.inbox.arm()) {
                            office.inbox.wait(std::nullopt);
                        }
                    }
                });
                model::join();
                office.end();
            },
            size};
}

/// As `Loop::run_until` does that looks for a deadlock.
void work_while_there_are_posters(Office& office) {
    for (;;) {
        Office::run(office.inbox.take());
        if (!office.inbox.has_posters() && !office.inbox.has_posts()) {
            return;
        }
        if (!office.inbox.has_posts() && office.inbox.arm()) {
            office.inbox.wait(std::nullopt);
        }
    }
}

/// Each of those who keep a poster posts its letters and lets it go; one more may come and go.
model::Scenario posters(int producers, int letters, bool one_more, model::Size size = {}) {
    return {"inbox, posters: " + std::to_string(producers) + " x " + std::to_string(letters) +
                (one_more ? ", and one more" : ""),
            [=] {
                Office office{static_cast<std::size_t>(producers)};
                for (int producer = 0; producer < producers; ++producer) {
                    office.inbox.add_poster();
                    model::thread("poster", [&office, producer, letters] {
                        for (int number = 1; number <= letters; ++number) {
                            model::require(office.post(producer, number), "an open inbox takes it");
                        }
                        office.inbox.remove_poster();
                    });
                }
                if (one_more) {
                    model::thread("one more", [&office] {
                        office.inbox.add_poster();
                        office.inbox.remove_poster();
                    });
                }
                model::thread("consumer", [&office, letters] {
                    work_while_there_are_posters(office);
                    model::require(office.complete(letters), "it has seen all they have posted");
                });
                model::join();
                office.end();
            },
            size};
}

std::vector<model::Scenario> scenarios() {
    const model::Size all{true, 1, 1};
    const model::Size weak{true, 0, 1};
    const model::Size large{false, 0, 0};
    const model::Size more{false, 1, 1};
    // The small ones first, so that what is wrong is found soon.
    return {sleeping(1, 1, all),
            watched(1, 1, all),
            unwatched(1, 1, all),
            source_goes(1, all),
            teardown(1, Before::nothing, all),
            teardown_under_a_driver(),
            posters(1, 1, false),
            posters(1, 0, true),
            sleeping(1, 2, weak),
            watched(1, 2),
            unwatched(1, 2),
            teardown(2, Before::nothing),
            teardown(2, Before::arm),
            teardown(2, Before::take),
            teardown(2, Before::nothing, more),
            teardown(2, Before::arm, more),
            teardown(2, Before::watch, more),
            teardown(2, Before::take, more),
            sleeping(1, 2, more),
            sleeping(2, 1, large),
            watched(2, 1, large),
            unwatched(2, 1, large),
            source_goes(2, large),
            posters(1, 1, false, more),
            posters(1, 1, true, large),
            posters(2, 0, false, large),
            posted_again(large)};
}

}  // namespace

TEST_CASE("inbox: no interleaving loses a post or a wake-up, or uses it after its end") {
    model::check_all(scenarios());
}

TEST_CASE("inbox: each memory order is needed") {
    model::check_orders(
        "run/inbox.hpp", scenarios(),
        {{"compare_exchange_strong(expected, how", model::Weakening::no_acquire,
          "it succeeds only on what the consumer has written itself; if it fails, take acquires"},
         {"exchange(closed", model::Weakening::no_release,
          "who finds it closed reads nothing that the consumer has written"}});
}
