// The works with a thread for each task, a mutex and condition variables.

#include "../waker.hpp"
#include "work.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using peers::check_equal;

double lock(long count) {
    std::mutex mutex;
    long value = 0;
    for (long done = 0; done < count; ++done) {
        const std::scoped_lock held{mutex};
        ++value;
    }
    check_equal("value", value, count);
    return 0;
}

/// A lock whose owners come in the order in which they have taken a place.
class Line {
public:
    class Place {
    public:
        explicit Place(Line& line) : line_{line} {
            const std::scoped_lock held{line_.mutex_};
            line_.waiting_.push_back(&condition_);
        }
        void wait() {
            std::unique_lock held{line_.mutex_};
            condition_.wait(held, [this] { return line_.waiting_.front() == &condition_; });
        }
        void leave() {
            const std::scoped_lock held{line_.mutex_};
            line_.waiting_.pop_front();
            if (!line_.waiting_.empty()) {
                line_.waiting_.front()->notify_one();
            }
        }

    private:
        Line& line_;
        std::condition_variable condition_;
    };

private:
    std::mutex mutex_;
    std::deque<std::condition_variable*> waiting_;
};

double handoff(long count) {
    for (long done = 0; done < count; done += peers::in_line) {
        Line line;
        peers::Order order;
        Line::Place gate{line};
        gate.wait();
        std::list<Line::Place> places;
        std::vector<std::jthread> threads;
        for (long number = 0; number < peers::in_line; ++number) {
            Line::Place& place = places.emplace_back(line);
            threads.emplace_back([&place, &order, number] {
                place.wait();
                order.enter(number);
                place.leave();
            });
        }
        gate.leave();
        threads.clear();  // joins them
        check_equal("threads", order.entered(), peers::in_line);
    }
    return 0;
}

/// A queue with two ends, each a thread.
class Queue {
public:
    void push(long element) {
        std::unique_lock held{mutex_};
        room_.wait(held, [this] { return elements_.size() < peers::capacity; });
        elements_.push_back(element);
        filled_.notify_one();
    }
    long pop() {
        std::unique_lock held{mutex_};
        filled_.wait(held, [this] { return !elements_.empty(); });
        const long element = elements_.front();
        elements_.pop_front();
        room_.notify_one();
        return element;
    }

private:
    std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable filled_;
    std::deque<long> elements_;
};

double channel(long count) {
    Queue queue;
    const std::jthread thread{[&queue, count] {
        for (long done = 0; done < count; ++done) {
            queue.push(done);
        }
    }};
    peers::Order order;
    while (order.entered() != count) {
        order.enter(queue.pop());
    }
    return 0;
}

double spawn_join(long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
        std::jthread{[&sum] { sum += 2; }}.join();
    }
    check_equal("sum", sum, 2 * count);
    return 0;
}

double all_of_two(long count) {
    long sum = 0;
    for (long done = 0; done < count; ++done) {
        long left = 0;
        long right = 0;
        {
            const std::jthread first{[&left] { left = 1; }};
            const std::jthread second{[&right] { right = 2; }};
        }
        sum += left + right;
    }
    check_equal("sum", sum, 3 * count);
    return 0;
}

double post_asleep(long count) {
    measure::Waker waker;
    std::chrono::duration<double, std::nano> time{0};
    for (long done = 0; done < count; ++done) {
        std::mutex mutex;
        std::condition_variable condition;
        bool posted = false;
        struct Target {
            std::mutex& mutex;
            std::condition_variable& condition;
            bool& posted;
        } target{mutex, condition, posted};
        std::unique_lock held{mutex};
        waker.request(
            [](void* address) {
                auto& self = *static_cast<Target*>(address);
                const std::scoped_lock other{self.mutex};
                self.posted = true;
                self.condition.notify_one();
            },
            &target);
        condition.wait(held, [&posted] { return posted; });
        time += measure::Time::now() - waker.began();
    }
    return time.count() / static_cast<double>(count);
}

constexpr peers::Work all[] = {
    {"lock", lock},
    {"handoff", handoff},
    {"channel", channel},
    {"spawn_join", spawn_join},
    {"all_of_two", all_of_two},
    {"post_asleep", post_asleep},
};

}  // namespace

const std::string_view peers::library = "threads";
const std::span<const peers::Work> peers::works{all};
