// Jobs that need different amounts of memory share what there is, first come, first served.
#include <juggle/juggle.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <utility>
#include <vector>

juggle::Task<> work(juggle::Semaphore& gigabytes, int job, std::size_t needed) {
    const juggle::SemaphorePermit permit = co_await gigabytes.acquire(needed);
    std::printf("job %d has %zu, %zu are left\n", job, needed, gigabytes.available());
    co_await juggle::sleep_for(std::chrono::milliseconds{10});
}

juggle::Task<> all_jobs() {
    juggle::Semaphore gigabytes{8};
    std::vector<juggle::Task<>> jobs;
    for (int job = 0; job < 4; ++job) {
        jobs.push_back(work(gigabytes, job, job % 2 == 0 ? 2 : 5));
    }
    // Waits for all of them however it ends, so none outlives the semaphore.
    co_await juggle::when_all(std::move(jobs));
}

int main() {
    juggle::ManualClock clock;  // jumps to the next timer; leave it out for real time
    juggle::Executor executor{{.clock = &clock}};
    executor.run(all_jobs());
}

// prints:
// job 0 has 2, 6 are left
// job 1 has 5, 1 are left
// job 2 has 2, 1 are left
// job 3 has 5, 1 are left
