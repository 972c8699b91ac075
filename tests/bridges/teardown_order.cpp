// Executor, queue, context, resources, tickets, events and handles are destroyed in every order,
// while a command waits for a gate and tasks wait for the command.

#include JUGGLE_TEST_KIT

#include "support/catch.hpp"
#include "support/gate_keeper.hpp"
#include "support/guarded.hpp"
#include "support/tasks.hpp"
#include "support/torture.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr std::size_t bytes = 4096;

enum class Part : std::uint8_t {
    executor,
    context,
    queue,
    host_resource,
    device_resource,
    ticket,
    event,
    handles,
};
constexpr std::size_t parts = 8;
using Order = std::array<Part, parts>;

/// Everything that a program has of the bridge and of juggle, in use.
class Everything {
public:
    explicit Everything(std::chrono::nanoseconds drain) {
        kit::bridge::set_event_options(*executor_, {.drain = drain});
        handles_.push_back(
            executor_->spawn(read(host_resource_->acquire(), device_resource_->acquire())));
        handles_.push_back(executor_->spawn(look(host_resource_->acquire())));
        ticket_ = host_resource_->acquire();
        for (int turn = 0; turn < 10; ++turn) {
            (void)executor_->poll();
        }
        handles_.push_back(executor_->spawn(support::await_event(event_)));
        handles_.push_back(executor_->spawn(support::await_event(event_)));
        (void)executor_->poll();
        handles_.back().request_stop();  // one that nobody waits for any more
        (void)executor_->poll();
    }

    void open() const { gate_.open(); }

    void destroy(Part part) {
        switch (part) {
            case Part::executor:
                executor_.reset();
                break;
            case Part::context:
                if (kit::counts_references) {
                    device_.reset();
                }
                break;
            case Part::queue:
                kit::release(device_ ? &*device_ : nullptr, queue_);
                break;
            case Part::host_resource:
                host_resource_.reset();
                break;
            case Part::device_resource:
                device_resource_.reset();
                break;
            case Part::ticket:
                ticket_.reset();
                break;
            case Part::event:
                event_ = kit::Event{};
                break;
            case Part::handles:
                handles_.clear();
                break;
        }
    }

    void check_fates() const {
        for (const support::Fate& fate : fates_) {
            CHECK(fate.commands.size() == 1);
            CHECK(fate.destroyed == 1);
            CHECK(fate.destroyed_too_early == 0);
        }
    }

private:
    using HostResource = kit::bridge::Resource<support::HostMemory>;
    using DeviceResource = kit::bridge::Resource<support::DeviceMemory>;

    juggle::Task<> read(HostResource::Allocation mine, DeviceResource::Allocation from) {
        support::HostMemory& memory = co_await mine.wait_events();
        support::DeviceMemory& source = co_await from.wait_device(queue_);
        event_ = kit::read(queue_, source.value, memory.value, gate_.event);
        memory.touched_by(event_);
        source.touched_by(event_);
        from.ready(event_);
        mine.track(event_);
        const kit::Event done = event_;
        co_await done;
        mine.ready();
    }

    static juggle::Task<> look(HostResource::Allocation mine) {
        co_await mine.wait_events();
        mine.ready();
    }

    std::array<support::Fate, 2> fates_;
    support::Reports reports_;
    std::optional<kit::Device> device_{std::in_place};
    kit::Gate gate_{*device_};
    kit::Queue queue_ = device_->queue();
    kit::Event event_;
    std::optional<HostResource> host_resource_{
        support::HostMemory{kit::host_buffer(bytes), fates_[0]}};
    std::optional<DeviceResource> device_resource_{
        support::DeviceMemory{kit::device_buffer(*device_, bytes), fates_[1]}};
    std::optional<HostResource::Allocation> ticket_;
    std::vector<juggle::JoinHandle<>> handles_;
    std::optional<juggle::Executor> executor_{reports_.options()};
};

std::string text_of(const Order& order) {
    std::string text;
    for (const Part part : order) {
        text += std::to_string(static_cast<int>(part)) + ' ';
    }
    return text;
}

void tear_down(const Order& order, bool opened_before, std::chrono::nanoseconds drain) {
    INFO("order " << text_of(order) << (opened_before ? ", the gate is open" : "") << ", drain "
                  << drain.count());
    Everything everything{drain};
    support::GateKeeper keeper{[&everything] { everything.open(); }};
    if (opened_before) {
        keeper.open_now();
    }
    keeper.watch();
    for (const Part part : order) {
        everything.destroy(part);
    }
    everything.check_fates();
    ++support::cases;
}

Order first_order() {
    Order order{};
    for (std::size_t part = 0; part < parts; ++part) {
        order[part] = static_cast<Part>(part);
    }
    return order;
}

}  // namespace

TEST_CASE("everything may be destroyed in any order while commands run", "[lifetimes]") {
    Order order = first_order();
    if (support::whole_size()) {
        int number = 0;
        do {
            ++number;
            tear_down(order, number % 4 == 0, number % 2 == 0 ? 0ns : 2s);
        } while (std::ranges::next_permutation(order).found);
        return;
    }
    std::mt19937 random{11};
    for (int number = 0; number < 400; ++number) {
        std::shuffle(order.begin(), order.end(), random);
        tear_down(order, number % 4 == 0, number % 2 == 0 ? 0ns : 2s);
    }
}

TEST_CASE("an executor ends although a task never does and a wait was given up", "[lifetimes]") {
    kit::Device device;
    const kit::Gate gate{device};
    support::Reports reports;
    const auto alive = std::make_shared<int>();
    {
        juggle::Executor executor{reports.options()};
        kit::bridge::set_event_options(executor, {.drain = 0ns});
        executor.spawn(support::await_event(gate.event)).detach();
        executor.spawn(support::never_end(alive)).detach();
        (void)executor.poll();
    }
    CHECK(alive.use_count() == 1);
    REQUIRE(reports.diagnostics.size() == 1);
    CHECK(support::contains(reports.diagnostics.front(), "still running"));
    gate.open();
}
