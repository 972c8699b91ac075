// What a resource owns outlives every command that touches it, however its holder ends and whatever
// is destroyed first. The commands are kept from ending by a gate that opens when somebody blocks.

#include JUGGLE_TEST_KIT

#include "support/catch.hpp"
#include "support/gate_keeper.hpp"
#include "support/guarded.hpp"
#include "support/tasks.hpp"
#include "support/torture.hpp"

#include <juggle/acquire_all.hpp>
#include <juggle/job_queue.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

using support::DeviceMemory;
using support::Fate;
using support::GateKeeper;
using support::HostMemory;

namespace {

constexpr std::size_t bytes = 4096;
constexpr unsigned char content = 7;

using HostResource = kit::bridge::Resource<HostMemory>;
using DeviceResource = kit::bridge::Resource<DeviceMemory>;

/// Queues, and a gate that all commands on them wait for in the end.
class Bench {
public:
    Bench() {
        executor.emplace(reports.options());
        kit::bridge::set_event_options(*executor, {.drain = std::chrono::nanoseconds{0}});
    }

    HostMemory host_memory() { return HostMemory{kit::host_buffer(bytes), fates.emplace_back()}; }
    DeviceMemory device_memory() {
        return DeviceMemory{kit::device_buffer(device, bytes), fates.emplace_back()};
    }

    /// A command that writes to the memory, once the gate is open.
    kit::Event touch(HostMemory& memory) {
        kit::Event event = kit::read(queue, buffer, memory.value, gate.event);
        memory.touched_by(event);
        return event;
    }
    kit::Event touch(DeviceMemory& memory) {
        kit::Event event = kit::copy(queue, buffer, memory.value, bytes, gate.event);
        memory.touched_by(event);
        return event;
    }

    /// Lets tasks go as far as they get without the gate.
    void take_turns() {
        for (int turn = 0; turn < 10; ++turn) {
            (void)executor->poll();
        }
    }

    void check_fates() const {
        for (const Fate& fate : fates) {
            CHECK(fate.destroyed == 1);
            CHECK(fate.destroyed_too_early == 0);
        }
    }

    kit::Device device;
    kit::FailingGate gate{device};
    kit::Queue queue = kit::unordered_queue(device);
    kit::DeviceBuffer buffer = kit::device_buffer(device, bytes, content);
    std::list<Fate> fates;
    support::Reports reports;
    std::optional<juggle::Executor> executor;
};

/// How somebody ends who holds memory that a command touches.
enum class Ending {
    ready,     // released, with the command's event
    thrown,    // by an exception
    failed,    // released as poisoned
    awaiting,  // is stopped while it awaits the command
    stubborn,  // does not end, whoever asks it to
    use,       // a callable of `use` throws
};
constexpr std::array endings{Ending::ready,    Ending::thrown,   Ending::failed,
                             Ending::awaiting, Ending::stubborn, Ending::use};

template <class Allocation>
juggle::Task<> hold(Bench& bench, Allocation mine, Ending ending) {
    auto& memory = co_await mine.wait_events();
    const kit::Event touched = bench.touch(memory);
    if (ending == Ending::ready) {
        mine.ready(touched);
        co_return;
    }
    mine.track(touched);
    if (ending == Ending::thrown) {
        throw std::runtime_error{"the holder failed"};
    }
    if (ending == Ending::failed) {
        mine.fail(std::make_exception_ptr(std::runtime_error{"the holder failed"}));
        co_return;
    }
    if (ending == Ending::awaiting) {
        co_await touched;
    }
    co_await support::never_end(std::make_shared<int>());
}

template <class Memory>
juggle::Task<> hold_in_use(Bench& bench, kit::bridge::Resource<Memory>& resource) {
    auto mine = resource.acquire();
    auto before = co_await std::move(mine);
    before.ready(bench.touch(*before));
    const auto fail = [](Memory&) { throw std::runtime_error{"the callable failed"}; };
    co_await resource.use(fail);
}

template <class Memory>
juggle::JoinHandle<> start(Bench& bench, kit::bridge::Resource<Memory>& resource, Ending ending) {
    juggle::Task<> task = ending == Ending::use ? hold_in_use(bench, resource)
                                                : hold(bench, resource.acquire(), ending);
    juggle::JoinHandle<> handle = bench.executor->spawn(std::move(task));
    bench.take_turns();
    return handle;
}

/// Ends a holder in each way, and destroys resource and executor, whichever first.
template <class Memory>
void end_in_every_way(Memory (Bench::*make)()) {
    for (const Ending ending : endings) {
        for (const bool stopped : {false, true}) {
            for (const bool executor_first : {false, true}) {
                for (const bool opens : {true, false}) {
                    INFO("ending " << static_cast<int>(ending) << (stopped ? ", stopped" : "")
                                   << (executor_first ? ", executor first" : ", resource first")
                                   << (opens ? "" : ", the gate fails"));
                    Bench bench;
                    std::optional<kit::bridge::Resource<Memory>> resource{(bench.*make)()};
                    juggle::JoinHandle<> holder = start(bench, *resource, ending);
                    REQUIRE(bench.fates.front().commands.size() == 1);
                    if (stopped) {
                        holder.request_stop();
                        bench.take_turns();
                    }
                    holder = juggle::JoinHandle<>{};
                    GateKeeper keeper{[&] { opens ? bench.gate.open() : bench.gate.fail(); }};
                    keeper.watch();
                    if (executor_first || ending == Ending::use) {  // whose task refers to it
                        bench.executor.reset();
                    }
                    resource.reset();
                    bench.executor.reset();
                    CHECK(keeper.opened());
                    bench.check_fates();
                    keeper.open_now();
                    ++support::cases;
                }
            }
        }
    }
}

}  // namespace

TEST_CASE("host memory of a resource outlives its commands, however its holder ends",
          "[lifetimes]") {
    end_in_every_way(&Bench::host_memory);
}

TEST_CASE("a buffer of a resource outlives its commands, however its holder ends", "[lifetimes]") {
    end_in_every_way(&Bench::device_memory);
}

TEST_CASE("memory that several own outlives its commands, whoever goes last", "[lifetimes]") {
    enum Owner { resource, waiting, shared, moved, owners };
    std::array<int, owners> order{resource, waiting, shared, moved};
    do {
        Bench bench;
        std::optional<HostResource> memory{bench.host_memory()};
        std::optional<juggle::JoinHandle<>> holder{start(bench, *memory, Ending::ready)};
        std::array<std::optional<HostResource::Allocation>, 2> tickets;
        tickets[0] = memory->acquire();
        std::optional<HostResource::SharedAllocation> looking{memory->acquire_shared()};
        HostResource::Allocation from = memory->acquire();
        tickets[1] = std::move(from);
        GateKeeper keeper{[&bench] { bench.gate.open(); }};
        keeper.watch();
        for (const int owner : order) {
            CHECK(bench.fates.front().destroyed == 0);
            switch (owner) {
                case resource:
                    memory.reset();
                    break;
                case waiting:
                    tickets[0].reset();
                    break;
                case shared:
                    looking.reset();
                    break;
                default:
                    tickets[1].reset();
            }
        }
        CHECK(keeper.opened());
        bench.check_fates();
        ++support::cases;
    } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("memory outlives the commands of a queue that is released, ended or not", "[lifetimes]") {
    for (const bool ended : {true, false}) {
        INFO((ended ? "ended" : "not ended"));
        Bench bench;
        bench.queue = bench.device.queue();
        std::optional<HostResource> memory{bench.host_memory()};
        (void)start(bench, *memory, Ending::ready);
        const kit::Event touched = bench.fates.front().commands.front();
        if (ended) {
            bench.gate.open();
            kit::finish_on_host(bench.queue);
        }
        kit::release(&bench.device, bench.queue);
        const kit::Queue other = bench.device.queue();
        kit::bridge::wait_on(other, touched);
        const auto waiting = bench.executor->spawn(support::await_event(kit::record(other)));
        const auto guarded = bench.executor->spawn(support::await_event(touched));
        bench.take_turns();
        CHECK(guarded.done() == ended);
        {
            std::optional<GateKeeper> keeper;
            if (!ended) {
                keeper.emplace([&bench] { bench.gate.open(); }).watch();
            }
            memory.reset();
            CHECK((ended || keeper->opened()));
        }
        bench.executor->run([](const auto& first, const auto& second) -> juggle::Task<> {
            co_await first;
            co_await second;
        }(waiting, guarded));
        bench.check_fates();
        ++support::cases;
    }
}

TEST_CASE("memory that is assigned to is not freed under its commands", "[lifetimes]") {
    Bench bench;
    {
        HostResource memory{bench.host_memory()};
        (void)start(bench, memory, Ending::ready);
        GateKeeper keeper{[&bench] { bench.gate.open(); }};
        keeper.watch();
        memory = HostResource{bench.host_memory()};
        CHECK(bench.fates.front().destroyed == 1);
        CHECK(keeper.opened());
        HostResource elsewhere = std::move(memory);
        CHECK(bench.fates.back().destroyed == 0);
    }
    bench.check_fates();
}

TEST_CASE("memory of a set outlives the commands of all its members, when its holder throws",
          "[lifetimes]") {
    Bench bench;
    {
        HostResource host{bench.host_memory()};
        DeviceResource device{bench.device_memory()};
        const auto use = [&bench](auto set) -> juggle::Task<> {
            auto [on_host, on_device] = co_await set.wait_events();
            auto& [for_host, for_device] = set;
            for_host.track(bench.touch(on_host));
            for_device.track(bench.touch(on_device));
            throw std::runtime_error{"the holder failed"};
        };
        const auto holder = bench.executor->spawn(use(juggle::acquire_all(host, device)));
        bench.take_turns();
        CHECK(holder.done());
        GateKeeper keeper{[&bench] { bench.gate.open(); }};
        keeper.watch();
        { const HostResource gone = std::move(host); }
        CHECK(keeper.opened());
        CHECK(bench.fates.front().destroyed == 1);
    }
    bench.executor.reset();
    bench.check_fates();
}

TEST_CASE("events that a holder only passes on guard the memory to its end", "[lifetimes]") {
    enum class Next { dropped, granted, waited, stopped, on_device };
    for (const Next next :
         {Next::dropped, Next::granted, Next::waited, Next::stopped, Next::on_device}) {
        INFO("next " << static_cast<int>(next));
        Bench bench;
        std::optional<HostResource> memory{bench.host_memory()};
        (void)start(bench, *memory, Ending::ready);
        std::optional<HostResource::Allocation> ticket{memory->acquire()};
        std::optional<kit::Queue> other{bench.device.queue()};
        const auto wait = [&]() -> juggle::Task<> {
            if (next == Next::waited) {
                (void)co_await ticket->wait();
            } else if (next == Next::on_device) {
                co_await ticket->wait_device(*other);
            } else {
                co_await ticket->wait_events();
            }
        };
        juggle::JoinHandle<> waiting;
        if (next != Next::dropped && next != Next::granted) {
            waiting = bench.executor->spawn(wait());
            bench.take_turns();
        }
        if (next == Next::stopped) {
            waiting.request_stop();
            bench.take_turns();
        }
        if (next == Next::granted) {
            CHECK(ticket->granted());
        }
        GateKeeper keeper{[&bench] { bench.gate.open(); }};
        keeper.watch();
        bench.executor.reset();
        if (ticket->held()) {
            // As a holder that failed: what it had to respect is handed on.
            ticket->fail(std::make_exception_ptr(std::runtime_error{"failed"}));
        }
        ticket.reset();
        other.reset();
        memory.reset();
        CHECK(keeper.opened());
        bench.check_fates();
        ++support::cases;
    }
}

namespace {

/// Chunks through an upload, a copy and a download, all of which wait for the gate.
class Pipeline {
public:
    explicit Pipeline(Bench& bench) : bench_{bench} {}

    juggle::Task<> stream(int chunks) {
        juggle::JobQueue jobs{3};
        for (int chunk = 0; chunk < chunks; ++chunk) {
            co_await jobs.push(process(host_in_.acquire(), device_in_.acquire(),
                                       device_out_.acquire(), host_out_.acquire()));
        }
        co_await jobs.finish();
    }

private:
    juggle::Task<> process(HostResource::Allocation h_in, DeviceResource::Allocation d_in,
                           DeviceResource::Allocation d_out, HostResource::Allocation h_out) {
        HostMemory& in = co_await h_in.wait_events();
        DeviceMemory& buffer_in = co_await d_in.wait_device(upload_);
        kit::bridge::wait_on(upload_, bench_.gate.event);
        const kit::Event uploaded = kit::write(upload_, in.value, buffer_in.value);
        in.touched_by(uploaded);
        buffer_in.touched_by(uploaded);
        h_in.ready(uploaded);
        d_in.track(uploaded);

        DeviceMemory& buffer_out = co_await d_out.wait_device(compute_);
        kit::bridge::wait_on(compute_, uploaded);
        const kit::Event computed = kit::copy(compute_, buffer_in.value, buffer_out.value, bytes);
        buffer_in.touched_by(computed);
        buffer_out.touched_by(computed);
        d_in.ready(computed);
        d_out.track(computed);

        HostMemory& out = co_await h_out.wait_events();
        kit::bridge::wait_on(download_, computed);
        const kit::Event downloaded = kit::read(download_, buffer_out.value, out.value);
        buffer_out.touched_by(downloaded);
        out.touched_by(downloaded);
        d_out.ready(downloaded);
        h_out.track(downloaded);
        co_await downloaded;
        h_out.ready();
    }

    Bench& bench_;
    kit::Queue upload_ = bench_.device.queue();
    kit::Queue compute_ = bench_.device.queue();
    kit::Queue download_ = bench_.device.queue();
    HostResource host_in_{bench_.host_memory()};
    HostResource host_out_{bench_.host_memory()};
    DeviceResource device_in_{bench_.device_memory()};
    DeviceResource device_out_{bench_.device_memory()};
};

}  // namespace

TEST_CASE("a pipeline is destroyed half-way, after any resumption, and no memory under a command",
          "[lifetimes]") {
    // The gate is closed at first, and opened after so many resumptions, or by what blocks.
    for (const int open_after : {0, 5, 1000}) {
        bool ended = false;
        for (int resumptions = 0; !ended && resumptions < 60; ++resumptions) {
            INFO("after " << resumptions << " resumptions, the gate opened after " << open_after);
            Bench bench;
            std::optional<Pipeline> pipeline{std::in_place, bench};
            auto running = bench.executor->spawn(pipeline->stream(4));
            GateKeeper keeper{[&bench] { bench.gate.open(); }};
            for (int turn = 0; turn < resumptions && !running.done(); ++turn) {
                if (turn == open_after) {
                    keeper.open_now();
                }
                (void)bench.executor->poll(1);
            }
            ended = running.done();
            keeper.watch();
            bench.executor.reset();
            pipeline.reset();
            bench.check_fates();
            ++support::cases;
        }
    }
}
