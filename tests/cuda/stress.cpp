// Several executors, each on a thread of its own, that await each other's events while others
// record, ask and drop.

#include "support/cuda_device.hpp"
#include "support/torture.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/resource.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

namespace jcu = juggle::cuda;

namespace {

constexpr std::size_t threads = 4;
constexpr int tasks_a_thread = 6;

/// Events that anybody may take a copy of, and that others replace meanwhile.
class Board {
public:
    void put(std::size_t place, const jcu::Event& event) {
        const std::lock_guard lock{mutex_};
        events_[place] = event;
    }
    [[nodiscard]] jcu::Event take(std::size_t place) const {
        const std::lock_guard lock{mutex_};
        return events_[place];
    }
    static constexpr std::size_t places = 16;

private:
    mutable std::mutex mutex_;
    std::array<jcu::Event, places> events_;
};

struct Shared {
    std::array<CUstream, 5> streams{};
    Board board;
    std::atomic<long> awaited{0};
    std::atomic<long> stopped{0};
    std::atomic<long> wrong{0};
};

class Worker {
public:
    Worker(Shared& shared, jcu::Wake wake, unsigned seed)
        : shared_{shared}, wake_{wake}, random_{seed} {}

    void run(int rounds) {
        juggle::Executor executor;
        jcu::set_event_options(executor, {.wake = wake_});
        executor.run([](Worker& self, int times) -> juggle::Task<> {
            std::vector<juggle::JoinHandle<>> tasks;
            for (int task = 0; task < tasks_a_thread; ++task) {
                tasks.push_back(juggle::Executor::current()->spawn(self.work(times)));
            }
            for (const auto& task : tasks) {
                co_await task;
            }
        }(*this, rounds));
    }

private:
    std::size_t pick(std::size_t count) { return random_() % count; }
    CUstream stream() { return shared_.streams[pick(shared_.streams.size())]; }

    juggle::Task<> work(int rounds) {
        for (int round = 0; round < rounds; ++round) {
            CUstream producer = stream();
            jcu::wait_on(stream(), shared_.board.take(pick(Board::places)));
            const jcu::Event mine = jcu::record(producer);
            shared_.board.put(pick(Board::places), mine);
            const jcu::Event other = shared_.board.take(pick(Board::places));
            switch (pick(4)) {
                case 0:
                    co_await wait(mine);
                    break;
                case 1:
                    co_await wait(other);
                    break;
                case 2:
                    co_await in_turn(mine, producer);
                    break;
                default:
                    co_await stop_a_wait(other);
            }
        }
    }

    juggle::Task<> wait(jcu::Event event) {
        co_await event;
        ++shared_.awaited;
        shared_.wrong += event.status() != juggle::EventStatus::complete;
    }

    juggle::Task<> in_turn(jcu::Event event, CUstream next) {
        auto first = resource_.acquire();
        (void)co_await first.wait_events();
        first.ready(event);
        auto second = resource_.acquire();
        co_await second.wait_device(next);
        second.ready(jcu::record(next));
        auto third = resource_.acquire();
        (void)co_await third.wait_events();
        third.ready();
        ++shared_.awaited;
        shared_.wrong += event.status() != juggle::EventStatus::complete;
    }

    juggle::Task<> stop_a_wait(jcu::Event event) {
        const auto waiting = juggle::Executor::current()->spawn(support::await_event(event));
        co_await juggle::yield();
        waiting.request_stop();
        try {
            co_await waiting;
        } catch (const juggle::Cancelled&) {
            ++shared_.stopped;
        }
        ++shared_.awaited;
    }

    Shared& shared_;
    jcu::Wake wake_;
    std::minstd_rand random_;
    jcu::Resource<int> resource_{0};
};

}  // namespace

TEST_CASE("executors await each other's events while others record, ask and drop") {
    const int rounds = support::rounds(40, 2000);
    support::CudaDevice device;
    Shared shared;
    for (CUstream& stream : shared.streams) {
        stream = device.stream();
    }
    std::atomic<bool> ends{false};
    std::thread asks{[&] {  // an executor it has none
        std::size_t place = 0;
        while (!ends) {
            const jcu::Event event = shared.board.take(++place % Board::places);
            shared.wrong += event.status() == juggle::EventStatus::failed;
            shared.wrong += !juggle::EventTraits<jcu::Event>::wait_on_host({&event, 1});
        }
    }};
    std::vector<std::thread> workers;
    for (std::size_t thread = 0; thread < threads; ++thread) {
        workers.emplace_back([&shared, thread, rounds] {
            Worker worker{shared, support::wakes[thread % support::wakes.size()],
                          static_cast<unsigned>(thread + 1)};
            worker.run(rounds);
        });
    }
    for (std::thread& worker : workers) {
        worker.join();
    }
    ends = true;
    asks.join();
    CHECK(shared.wrong == 0);
    CHECK(shared.awaited == long{threads} * tasks_a_thread * rounds);
    support::cases += shared.awaited.load();
}
