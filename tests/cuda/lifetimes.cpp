// Everything goes, in any order, while the device is at work.

#include "support/cuda_device.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace jcu = juggle::cuda;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t copied = 4096;

/// Memory that says whether it went before the work that uses it.
class Watched {
public:
    struct Fate {
        jcu::Event work;
        int gone = 0;
        int gone_too_early = 0;
    };

    explicit Watched(Fate& fate) : fate_{&fate} {}
    Watched(Watched&&) noexcept = default;
    Watched& operator=(Watched&&) noexcept = default;
    ~Watched() {
        if (memory.data() != nullptr) {
            ++fate_->gone;
            fate_->gone_too_early += fate_->work.status() == juggle::EventStatus::pending;
        }
    }

    jcu::PinnedBuffer<char> memory{copied};

private:
    Fate* fate_;
};

enum class Part { executor, resource, ticket, event, handle };
using Order = std::array<Part, 5>;

/// A copy behind a gate, and all that has to do with it.
class Everything {
public:
    Everything(jcu::Wake wake, std::chrono::nanoseconds drain) {
        jcu::set_event_options(*executor_, {.wake = wake, .drain = drain});
        handle_ = executor_->spawn(read(resource_->acquire()));
        ticket_ = resource_->acquire();
        (void)executor_->poll();
    }

    [[nodiscard]] const support::Gate& gate() const { return *gate_; }
    [[nodiscard]] const Watched::Fate& fate() const { return fate_; }

    void destroy(Part part) {
        switch (part) {
            case Part::executor:
                executor_.reset();
                return;
            case Part::resource:
                resource_.reset();
                return;
            case Part::ticket:
                ticket_.reset();
                return;
            case Part::event:
                event_ = {};
                return;
            case Part::handle:
                handle_ = {};
                return;
        }
    }

private:
    using Resource = jcu::Resource<Watched>;

    juggle::Task<> read(Resource::Allocation ticket) {
        Watched& watched = co_await ticket.wait_events();
        gate_.emplace(stream_);
        support::check_cu(
            cuMemcpyDtoHAsync(watched.memory.data(), source_.address, copied, stream_),
            "cuMemcpyDtoHAsync");
        event_ = jcu::record(stream_);
        fate_.work = event_;
        ticket.track(event_);
        const jcu::Event done = event_;
        co_await done;
        ticket.ready();
    }

    support::CudaDevice device_;
    support::DeviceBuffer source_{copied};
    CUstream stream_ = device_.stream();
    Watched::Fate fate_;
    support::Reports reports_;
    std::optional<support::Gate> gate_;
    jcu::Event event_;
    std::optional<Resource> resource_{Watched{fate_}};
    std::optional<Resource::Allocation> ticket_;
    juggle::JoinHandle<> handle_;
    std::optional<juggle::Executor> executor_{reports_.options()};
};

}  // namespace

TEST_CASE("everything may be destroyed in any order while the device is at work", "[lifetimes]") {
    Order order{Part::executor, Part::resource, Part::ticket, Part::event, Part::handle};
    int number = 0;
    do {
        ++number;
        const jcu::Wake wake = support::wakes[static_cast<std::size_t>(number) % 3];
        INFO("order " << number << ", wake " << static_cast<int>(wake));
        Everything everything{wake, number % 2 == 0 ? 0ns : 2s};
        if (number % 4 == 0) {
            everything.gate().open();
        }
        // What blocks has nothing else to wait for.
        std::jthread opener{[&everything] { everything.gate().open(); }};
        for (const Part part : order) {
            everything.destroy(part);
        }
        opener.join();
        CHECK(everything.fate().gone == 1);
        CHECK(everything.fate().gone_too_early == 0);
    } while (std::ranges::next_permutation(order).found);
    CHECK(number == 120);
}

TEST_CASE("an event may outlive its stream, its executor, and its context") {
    std::optional<support::CudaDevice> device{std::in_place};
    jcu::Event event;
    {
        juggle::Executor executor;
        event = jcu::record(device->stream());
        executor.run(support::await_event(event));
    }
    jcu::Event unsettled = jcu::record(device->stream());
    support::check_cu(cuCtxSynchronize(), "cuCtxSynchronize");
    device.reset();
    CHECK(event.status() == juggle::EventStatus::complete);
    CHECK(unsettled.status() == juggle::EventStatus::failed);  // nobody has asked in time
    CHECK(juggle::EventTraits<jcu::Event>::wait_on_host({&unsettled, 1}));
    const jcu::Event copy = unsettled;
    unsettled = {};
}
