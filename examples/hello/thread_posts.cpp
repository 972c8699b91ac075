// A thread reaches the executor without a lock and without memory: it posts an object of its own.
#include <juggle/juggle.hpp>

#include <cstdio>
#include <thread>

class Reading final : public juggle::PostNode {
public:
    explicit Reading(juggle::AsyncEvent& arrived)
        : PostNode{&Reading::arrive}, arrived_{&arrived} {}
    int value = 0;

private:
    static void arrive(juggle::PostNode& node) noexcept {  // on the executor's thread
        static_cast<Reading&>(node).arrived_->set();
    }
    juggle::AsyncEvent* arrived_;
};

juggle::Task<> print(juggle::AsyncEvent& arrived, const Reading& reading) {
    co_await arrived;
    std::printf("%d\n", reading.value);
}

int main() {
    juggle::AsyncEvent arrived;
    Reading reading{arrived};
    juggle::Executor executor;
    std::jthread driver{[&reading, poster = executor.poster()] {
        reading.value = 42;
        (void)poster.post(reading);  // false if the executor were gone
    }};
    executor.run(print(arrived, reading));
}

// prints:
// 42
