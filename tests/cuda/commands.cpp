// Every kind of command that a stream takes, behind a gate, awaited in every way, and commands that
// depend on each other at random: what tests/opencl/event_conformance_*.cpp check of OpenCL.

#include "support/cuda_kit.hpp"
#include "support/torture.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace jcu = juggle::cuda;

namespace {

enum class Kind : std::uint8_t {
    kernel,
    host_function,
    to_host,
    to_device,
    on_device,
    fill,
    fill_words
};
constexpr int kinds = 7;

enum class Way : std::uint8_t {
    await,
    traits,
    resource_host,
    resource_device,
    enqueue,
    wait_on,
    finish
};
constexpr int ways = 7;

/// A command with memory of its own, which brings bytes of one value to where there were zeros.
class Command {
public:
    Command(kit::Device& device, Kind kind)
        : kind_{kind}, from_{kit::device_buffer(device, bytes, value)},
          to_{kit::device_buffer(device, bytes)} {
        std::ranges::fill(source_, value);
    }
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;

    jcu::Event enqueue(CUstream stream) {
        support::check_cu(give(stream), "a command");
        return jcu::record(stream);
    }

    /// Asked when it has ended.
    [[nodiscard]] bool took_effect(CUstream aside) {
        if (kind_ != Kind::to_host && kind_ != Kind::host_function) {
            support::check_cu(cuMemcpyDtoHAsync(host_.data(), to_.address, bytes, aside), "DtoH");
            support::check_cu(cuStreamSynchronize(aside), "cuStreamSynchronize");
        }
        return std::ranges::count(host_, value) == std::ptrdiff_t{bytes};
    }

private:
    static constexpr std::size_t bytes = 64;
    static constexpr unsigned char value = 7;

    static CUfunction copy() {
        static constexpr std::array<std::size_t, 2> sizes{sizeof(CUdeviceptr), sizeof(CUdeviceptr)};
        static CUfunction const function = juggle_cuda_simulation_add_kernel(
            [](const unsigned*, const unsigned*, void** parameters) {
                const auto memory = [](void* address) {
                    return static_cast<unsigned char*>(
                        juggle_cuda_simulation_memory(*static_cast<CUdeviceptr*>(address), bytes));
                };
                std::copy_n(memory(parameters[1]), bytes, memory(parameters[0]));
                return CUDA_SUCCESS;
            },
            sizes.data(), sizes.size());
        return function;
    }

    CUresult give(CUstream stream) {
        switch (kind_) {
            case Kind::kernel: {
                std::array<void*, 2> parameters{&to_.address, &from_.address};
                return cuLaunchKernel(copy(), 1, 1, 1, 1, 1, 1, 0, stream, parameters.data(),
                                      nullptr);
            }
            case Kind::host_function:
                return cuLaunchHostFunc(
                    stream,
                    [](void* self) {
                        std::ranges::fill(static_cast<Command*>(self)->host_, value);
                    },
                    this);
            case Kind::to_host:
                return cuMemcpyDtoHAsync(host_.data(), from_.address, bytes, stream);
            case Kind::to_device:
                return cuMemcpyHtoDAsync(to_.address, source_.data(), bytes, stream);
            case Kind::on_device:
                return cuMemcpyDtoDAsync(to_.address, from_.address, bytes, stream);
            case Kind::fill:
                return cuMemsetD8Async(to_.address, value, bytes, stream);
            case Kind::fill_words:
                return cuMemsetD32Async(to_.address, value * 0x01010101U, bytes / 4, stream);
        }
        return CUDA_ERROR_INVALID_VALUE;
    }

    Kind kind_;
    support::DeviceBuffer from_;
    support::DeviceBuffer to_;
    jcu::PinnedBuffer<unsigned char> source_{bytes};
    jcu::PinnedBuffer<unsigned char> host_{bytes};
};

juggle::Task<> wait_as_holder(Way way, jcu::Event event, CUstream other) {
    jcu::Resource<int> guarded{0};
    {
        auto before = co_await guarded.acquire();
        before.ready(event);
    }
    auto mine = guarded.acquire();
    if (way == Way::resource_host) {
        co_await mine.wait_events();
        mine.ready();
        co_return;
    }
    jcu::Event after;
    if (way == Way::enqueue) {
        after = co_await jcu::enqueue(other, mine, [] {});
    } else {
        co_await mine.wait_device(other);
        after = jcu::record(other);
    }
    mine.ready(after);
    co_await after;
}

/// Ends when the work of `event`, the last in `stream`, has ended; `other` may be made to wait.
juggle::Task<> wait_by(Way way, jcu::Event event, CUstream stream, CUstream other) {
    switch (way) {
        case Way::await:
            co_await event;
            break;
        case Way::traits:
            co_await juggle::EventTraits<jcu::Event>::wait({&event, 1});
            break;
        case Way::resource_host:
        case Way::resource_device:
        case Way::enqueue:
            co_await wait_as_holder(way, event, other);
            break;
        case Way::wait_on:
            jcu::wait_on(other, event);
            co_await jcu::finish(other);
            break;
        case Way::finish:
            co_await jcu::finish(stream);
            break;
    }
}

}  // namespace

CUDA_TEST_CASE("a wait of any kind for a gated command of any kind ends when that has") {
    CUstream aside = device.stream();
    CUstream stream = device.stream();
    CUstream other = device.stream();
    bool from_other_thread = false;
    for (int round = 0; round < support::rounds(1, 30); ++round) {
        for (int kind = 0; kind < kinds; ++kind) {
            for (int way = 0; way < ways; ++way) {
                INFO("kind " << kind << ", way " << way);
                const kit::Gate gate{device};
                Command command{device, Kind(kind)};
                jcu::wait_on(stream, gate.event);
                const jcu::Event event = command.enqueue(stream);
                const auto waiting = executor.spawn(wait_by(Way(way), event, stream, other));
                co_await support::a_few_turns();
                CHECK_FALSE(waiting.done());
                CHECK(event.status() == juggle::EventStatus::pending);
                std::jthread opener;
                if (from_other_thread) {
                    opener = std::jthread{[&gate] { gate.open(); }};
                } else {
                    gate.open();
                }
                co_await waiting;
                CHECK(event.status() == juggle::EventStatus::complete);
                CHECK(command.took_effect(aside));
                from_other_thread = !from_other_thread;
                ++support::cases;
            }
        }
    }
}

namespace {

/// Commands in a few streams, each of which waits for some of those before it.
class RandomProgram {
public:
    RandomProgram(kit::Device& device, unsigned seed) : device_{device}, random_{seed} {
        for (int stream = pick(1, 3); stream > 0; --stream) {
            streams_.push_back(device.stream());
        }
        for (int gate = pick(1, 3); gate > 0; --gate) {
            gates_.emplace_back(device);
        }
        for (int command = pick(1, 18); command > 0; --command) {
            enqueue();
        }
    }

    juggle::Task<> run(juggle::Executor& executor) {
        CUstream other = device_.stream();
        std::vector<juggle::JoinHandle<>> waiting;
        for (std::size_t step = 0; step < steps_.size(); ++step) {
            for (int time = 0; time < 3; ++time) {
                waiting.push_back(executor.spawn(wait_for(step, Way(pick(0, ways - 1)), other)));
            }
        }
        std::ranges::shuffle(waiting, random_);
        std::vector<std::jthread> openers;
        for (const kit::Gate& gate : gates_) {
            co_await support::a_few_turns();
            if (pick(0, 1) == 0) {
                gate.open();
            } else {
                openers.emplace_back([&gate] { gate.open(); });
            }
        }
        for (const auto& handle : waiting) {
            co_await handle;
        }
        for (const Step& step : steps_) {
            CHECK(step.resumed == 3);
            CHECK(step.command->took_effect(other));
        }
        CHECK(too_early_ == 0);
    }

private:
    struct Step {
        std::unique_ptr<Command> command;
        jcu::Event event;
        std::vector<jcu::Event> after;
        CUstream stream = nullptr;
        int resumed = 0;
    };

    int pick(int least, int most) {
        return std::uniform_int_distribution<int>{least, most}(random_);
    }

    void enqueue() {
        Step step;
        std::vector<jcu::Event> earlier;
        for (const kit::Gate& gate : gates_) {
            earlier.push_back(gate.event);
        }
        for (const Step& other : steps_) {
            earlier.push_back(other.event);
        }
        std::ranges::sample(earlier, std::back_inserter(step.after), pick(0, 3), random_);
        step.stream = streams_[static_cast<std::size_t>(pick(1, int(streams_.size())) - 1)];
        step.command = std::make_unique<Command>(device_, Kind(pick(0, kinds - 1)));
        jcu::wait_on(step.stream, step.after);
        step.event = step.command->enqueue(step.stream);
        for (const Step& other : steps_) {
            if (other.stream == step.stream) {
                step.after.push_back(other.event);
            }
        }
        steps_.push_back(std::move(step));
    }

    juggle::Task<> wait_for(std::size_t number, Way way, CUstream other) {
        Step& step = steps_[number];
        co_await wait_by(way, step.event, step.stream, other);
        ++step.resumed;
        const auto has_ended = [](const jcu::Event& event) {
            return event.status() == juggle::EventStatus::complete;
        };
        too_early_ += !has_ended(step.event) || !std::ranges::all_of(step.after, has_ended);
    }

    kit::Device& device_;
    std::mt19937 random_;
    std::vector<CUstream> streams_;
    std::deque<kit::Gate> gates_;
    std::vector<Step> steps_;
    int too_early_ = 0;
};

}  // namespace

CUDA_TEST_CASE("of commands that depend on each other at random, every await ends once, in time") {
    const auto last_seed = static_cast<unsigned>(support::rounds(40, 3000));
    for (unsigned seed = 1; seed <= last_seed; ++seed) {
        INFO("seed " << seed);
        RandomProgram program{device, seed};
        co_await program.run(executor);
        ++support::cases;
    }
}

CUDA_TEST_CASE("one stream waits for many others, and is awaited") {
    std::deque<kit::Gate> gates;
    std::vector<jcu::Event> events;
    for (int gate = 0; gate < 40; ++gate) {
        events.push_back(gates.emplace_back(device).event);
    }
    CUstream stream = device.stream();
    jcu::wait_on(stream, events);
    const jcu::Event after = jcu::record(stream);
    const auto waiting = executor.spawn(support::await_event(after));
    for (const kit::Gate& gate : gates) {
        co_await support::a_few_turns();
        CHECK_FALSE(waiting.done());
        gate.open();
    }
    co_await waiting;
}

CUDA_TEST_CASE("the driver's own waits on other threads, and on this one, disturb no await") {
    CUstream stream = device.stream();
    CUstream aside = device.stream();
    for (int round = 0; round < support::rounds(50, 2000); ++round) {
        const kit::Gate gate{device};
        Command command{device, Kind(round % kinds)};
        jcu::wait_on(stream, gate.event);
        const jcu::Event event = command.enqueue(stream);
        CUcontext context = device.context;
        std::jthread waits{[context, stream, handle = event.handle(), round] {
            support::check_cu(cuCtxPushCurrent(context), "cuCtxPushCurrent");
            support::check_cu(round % 2 == 0 ? cuStreamSynchronize(stream)
                                             : cuEventSynchronize(handle),
                              "a wait of the driver's");
        }};
        const auto waiting = executor.spawn(support::await_event(event));
        const auto finishing = executor.spawn(
            [](CUstream all) -> juggle::Task<> { co_await jcu::finish(all); }(stream));
        co_await support::a_few_turns();
        CHECK_FALSE(waiting.done());
        CHECK_FALSE(finishing.done());
        gate.open();
        if (round % 3 == 0) {
            support::check_cu(cuStreamSynchronize(stream), "cuStreamSynchronize");
            CHECK_FALSE(waiting.done());  // resuming is always posted
        }
        co_await waiting;
        co_await finishing;
        CHECK(command.took_effect(aside));  // right after an await every call may be made
        ++support::cases;
    }
}
