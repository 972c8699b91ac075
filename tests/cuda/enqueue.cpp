#include "support/cuda_device.hpp"
#include "support/manual_event.hpp"
#include "support/steady_state.hpp"

#include <juggle/acquire_all.hpp>
#include <juggle/one_of.hpp>
#include <juggle/resource_poisoned.hpp>

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace jcu = juggle::cuda;
using juggle::EventStatus;
using support::error_code;
using support::exception_of;

namespace {

/// A function that enqueues something.
auto fills(const support::DeviceBuffer& buffer) {
    return [&buffer](CUstream stream) {
        return cuMemsetD8Async(buffer.address, 1, sizeof(int), stream);
    };
}

juggle::Task<> enqueue_in_turn(jcu::ResourceAllocation<int> ticket, CUstream stream) {
    co_await jcu::enqueue(stream, ticket, [] {});
    ticket.ready();
}

juggle::Task<> enqueue_in_turn_of_two(jcu::ResourceAllocation<int> in,
                                      jcu::ResourceAllocation<support::DeviceBuffer> out,
                                      CUstream stream, jcu::Event plain, jcu::Event& command) {
    support::CudaDevice::rules("");
    command = co_await jcu::enqueue(stream, in, plain, out, [&](CUstream given) {
        CHECK(given == stream);
        CHECK(support::CudaDevice::calls("cuStreamWaitEvent") == 3);
        return cuMemsetD8Async(out->address, 1, sizeof(int), given);
    });
    in.ready();
    out.ready();
}

juggle::Task<> enqueue_nothing(jcu::ResourceAllocation<int> fine,
                               jcu::ResourceAllocation<int> ticket, CUstream stream) {
    co_await jcu::enqueue(stream, fine, ticket, [] { FAIL("it has no turn"); });
}

/// What an enqueue throws, if it does.
template <class... Arguments>
juggle::Task<std::exception_ptr> exception_of_enqueue(CUstream stream, Arguments&... arguments) {
    try {
        co_await jcu::enqueue(stream, arguments...);
    } catch (...) {
        co_return std::current_exception();
    }
    co_return nullptr;
}

bool is_pending(const jcu::Event& event) { return event.status() == EventStatus::pending; }

/// One that is there, is not this thread's, and has failed.
jcu::Event failed_event(CUresult code) {
    support::CudaDevice other;
    const support::Gate gate = other.gate();
    other.fail(code);
    CHECK(gate.event.code() == code);
    return gate.event;
}

}  // namespace

CUDA_TEST_CASE("a command that is enqueued through a ticket stands between the holders") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    const support::DeviceBuffer buffer{sizeof(int)};
    CUstream stream = device.stream();
    auto first = co_await resource.acquire();
    first.ready(gate.event);
    auto second = resource.acquire();
    auto third = resource.acquire();
    const jcu::Event command = co_await jcu::enqueue(stream, second, fills(buffer));
    CHECK(second.held());
    CHECK(is_pending(command));
    CHECK(command.stream() == stream);
    second.ready();
    const std::span<const jcu::Event> inherited = co_await third.wait();
    REQUIRE(inherited.size() == 1);
    CHECK(inherited.front() == command);
    CHECK(is_pending(command));
    gate.open();
    co_await command;
    third.ready();
}

CUDA_TEST_CASE("a command waits for its turn, for all tickets, and for plain events") {
    jcu::Resource<int> in{0};
    jcu::Resource<support::DeviceBuffer> out{support::DeviceBuffer{sizeof(int)}};
    CUstream stream = device.stream();
    const support::Gate in_gate = device.gate();
    const support::Gate out_gate = device.gate();
    const support::Gate plain = device.gate();
    auto [before, before_out] = co_await juggle::acquire_all(in, out);
    before_out.ready(out_gate.event);
    jcu::Event command;
    const auto task = executor.spawn(
        enqueue_in_turn_of_two(in.acquire(), out.acquire(), stream, plain.event, command));
    co_await support::a_few_turns();
    CHECK_FALSE(task.done());
    before.ready(in_gate.event);
    co_await task;
    in_gate.open();
    plain.open();
    co_await support::a_few_turns();
    CHECK(is_pending(command));
    out_gate.open();
    co_await command;
}

CUDA_TEST_CASE("the commands of an exclusive ticket come one behind the other, in any stream") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    CUstream upload = device.stream();
    CUstream compute = device.stream();
    auto ticket = resource.acquire();
    co_await jcu::enqueue(upload, gate.event, ticket, [] {});
    const jcu::Event second = co_await jcu::enqueue(compute, ticket, [] {});
    co_await support::a_few_turns();
    CHECK(is_pending(second));
    gate.open();
    co_await second;
    ticket.ready();
}

CUDA_TEST_CASE("the commands of those who share a value do not wait for each other") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    CUstream first_stream = device.stream();
    CUstream second_stream = device.stream();
    auto first = resource.acquire_shared();
    auto second = resource.acquire_shared();
    auto writer = resource.acquire();
    const jcu::Event held_up = co_await jcu::enqueue(first_stream, first, gate.event, [] {});
    co_await co_await jcu::enqueue(second_stream, second, [] {});
    CHECK(is_pending(held_up));
    first.ready();
    second.ready();
    const std::span<const jcu::Event> inherited = co_await writer.wait();
    CHECK(inherited.size() == 2);
    gate.open();
    co_await writer.wait_events();
    writer.ready();
}

CUDA_TEST_CASE("an event that several tickets have inherited is waited for once") {
    jcu::Resource<int> in{0};
    jcu::Resource<int> out{0};
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    auto before = co_await juggle::acquire_all(in, out);
    std::get<0>(before).ready(gate.event);
    std::get<1>(before).ready(gate.event);
    auto tickets = juggle::acquire_all(in, out);
    support::CudaDevice::rules("");
    const jcu::Event done = co_await jcu::enqueue(stream, gate.event, tickets, [] {
        CHECK(support::CudaDevice::calls("cuStreamWaitEvent") == 1);
    });
    gate.open();
    co_await done;
    std::get<0>(tickets).ready();
    std::get<1>(tickets).ready();
}

CUDA_TEST_CASE("what was enqueued before the function threw is guarded") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    const support::DeviceBuffer buffer{sizeof(int)};
    CUstream stream = device.stream();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    const auto function = [&] {
        CHECK(fills(buffer)(stream) == CUDA_SUCCESS);
        throw std::runtime_error{"the second was refused"};
    };
    const std::exception_ptr error =
        co_await exception_of_enqueue(stream, ticket, gate.event, function);
    CHECK(support::text_of(error) == "the second was refused");
    CHECK(ticket.held());
    ticket.ready();
    const std::span<const jcu::Event> inherited = co_await next.wait();
    REQUIRE(inherited.size() == 1);
    CHECK(inherited.front() != gate.event);
    CHECK(inherited.front().stream() == stream);
    CHECK(is_pending(inherited.front()));
    gate.open();
    co_await next.wait_events();
    next.ready();
}

CUDA_TEST_CASE("a failed event is thrown before anything is held or enqueued") {
    jcu::Resource<int> resource{0};
    jcu::Resource<int> other{0};
    const jcu::Event failed = failed_event(CUDA_ERROR_MISALIGNED_ADDRESS);
    const support::Gate pending = device.gate();
    CUstream stream = device.stream();
    auto before_other = co_await other.acquire();
    before_other.ready(pending.event);
    auto before = co_await resource.acquire();
    before.ready(failed);
    auto fine = other.acquire();
    auto ticket = resource.acquire();
    bool called = false;
    const auto function = [&] { called = true; };
    support::CudaDevice::rules("");
    const std::exception_ptr error = co_await exception_of_enqueue(stream, fine, ticket, function);
    CHECK(error_code(error) == CUDA_ERROR_MISALIGNED_ADDRESS);
    CHECK(support::contains(support::text_of(error), "enqueue: an event of stream"));
    CHECK_FALSE(called);
    CHECK_FALSE(ticket.held());
    CHECK_FALSE(fine.held());
    CHECK(support::CudaDevice::calls("cuStreamWaitEvent") == 0);
    ticket = {};
    resource.clear_poison();
    co_await enqueue_in_turn(resource.acquire(), stream);
    co_await jcu::finish(stream);
}

CUDA_TEST_CASE("commands that fail are an error for those who come next") {
    jcu::Resource<int> resource{0};
    const support::DeviceBuffer buffer{sizeof(int)};
    CUstream stream = device.stream();
    const auto task = [](auto& in, CUstream queue,
                         const support::DeviceBuffer& filled) -> juggle::Task<jcu::Event> {
        auto ticket = in.acquire();
        const jcu::Event done = co_await jcu::enqueue(queue, ticket, fills(filled));
        ticket.ready();
        co_return done;
    };
    support::CudaDevice::rules("cuMemsetD8Async#1=async:CUDA_ERROR_ILLEGAL_ADDRESS");
    const support::Gate gate{stream};  // it fails when all of it is there
    auto next = resource.acquire();
    next = {};
    const jcu::Event failed = co_await task(resource, stream, buffer);
    gate.open();
    CHECK(error_code(co_await exception_of(failed)) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(error_code(co_await exception_of(task(resource, stream, buffer))) ==
          CUDA_ERROR_ILLEGAL_ADDRESS);
    resource.clear_poison();
}

CUDA_TEST_CASE("a set of tickets is enqueued through like each of them") {
    jcu::Resource<int> in{0};
    jcu::Resource<int> out{0};
    CUstream stream = device.stream();
    auto tickets = juggle::acquire_all(out, juggle::shared(in));
    co_await co_await jcu::enqueue(stream, tickets, [] {});
    CHECK(std::get<0>(tickets).held());
    std::get<0>(tickets).ready();
    std::get<1>(tickets).ready();
}

CUDA_TEST_CASE("in the steady state enqueue allocates nothing, and uses events again") {
    jcu::Resource<int> in{0};
    jcu::Resource<int> out{0};
    CUstream stream = device.stream();
    const auto cycle = [&]() -> juggle::Task<> {
        auto from = in.acquire_shared();
        auto to = out.acquire();
        const jcu::Event done = co_await jcu::enqueue(stream, from, to, [] {});
        co_await done;
        from.ready();
        to.ready();
    };
    const bool allocates_nothing = co_await support::reaches_a_state_without_allocations(cycle);
    CHECK(allocates_nothing);
    support::CudaDevice::rules("");
    (void)co_await support::allocations_in_steady_state(cycle);
    CHECK(support::CudaDevice::calls("cuEventCreate") < 10);  // for who is told of the last ones
    CHECK(support::CudaDevice::calls("cuEventRecord") == 200);
}

CUDA_TEST_CASE("a stop request while the turn is waited for leaves the tickets in their places") {
    jcu::Resource<int> resource{0};
    jcu::Resource<int> other{0};
    CUstream stream = device.stream();
    auto before = co_await resource.acquire();
    auto task = executor.spawn(enqueue_nothing(other.acquire(), resource.acquire(), stream));
    co_await support::a_few_turns();
    task.request_stop();
    const std::exception_ptr error = co_await exception_of(task);
    CHECK(support::is<juggle::Cancelled>(error));
    before.ready();
    co_await enqueue_in_turn(resource.acquire(), stream);
    co_await enqueue_in_turn(other.acquire(), stream);
    co_await jcu::finish(stream);
}

CUDA_TEST_CASE("a code that the function returns is an error if it is one") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    const auto function = [](CUstream given) { return cuMemsetD8Async(1, 1, 1, given); };
    const std::exception_ptr error =
        co_await exception_of_enqueue(stream, ticket, gate.event, function);
    CHECK(error_code(error) == CUDA_ERROR_INVALID_VALUE);
    CHECK(support::contains(support::text_of(error), "enqueue: what the function returned"));
    CHECK(ticket.held());
    ticket.ready();
    CHECK((co_await next.wait()).size() == 1);
    gate.open();
    co_await next.wait_events();
    next.ready();
}

CUDA_TEST_CASE("a ticket that the function lets go of leaves its resource guarded") {
    for (const bool moves : {false, true}) {
        std::optional<jcu::Resource<int>> resource{std::in_place, "lamp", 0};
        const support::Gate gate = device.gate();
        CUstream stream = device.stream();
        auto ticket = resource->acquire();
        auto next = resource->acquire();
        decltype(ticket) elsewhere;
        const auto function = [&] {
            if (moves) {
                elsewhere = std::move(ticket);
            } else {
                ticket.ready();
            }
        };
        const std::exception_ptr error =
            co_await exception_of_enqueue(stream, gate.event, ticket, function);
        CHECK(support::is<std::logic_error>(error));
        CHECK(support::contains(support::text_of(error),
                                "released or moved its ticket of resource 'lamp'"));
        if (moves) {
            elsewhere.ready();
        }
        const std::span<const jcu::Event> inherited = co_await next.wait();
        REQUIRE(inherited.size() == 1);
        CHECK(inherited.front().stream() == stream);
        next.ready();
        gate.open();
    }
}

CUDA_TEST_CASE("a resource that goes inside the function stays as long as the command") {
    std::optional<jcu::Resource<int>> resource{std::in_place, "lamp", 0};
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    auto ticket = resource->acquire();
    std::thread opens;
    const auto function = [&] {
        ticket.ready();
        ticket = {};
        resource.reset();
        opens = std::thread{[&gate] { gate.open(); }};
    };
    const std::exception_ptr error =
        co_await exception_of_enqueue(stream, gate.event, ticket, function);
    CHECK(support::is<std::logic_error>(error));
    CHECK(cuStreamQuery(stream) == CUDA_SUCCESS);  // its destructor has waited
    opens.join();
}

CUDA_TEST_CASE("a ticket that is held for long remembers what has not ended") {
    jcu::Resource<int> resource{0};
    CUstream stream = device.stream();
    auto ticket = resource.acquire();
    for (int step = 0; step < 300; ++step) {
        const jcu::Event done = co_await jcu::enqueue(stream, ticket, [] {});
        co_await done;
    }
    CHECK(ticket.tracked().size() < 10);
    ticket.ready();
}

CUDA_TEST_CASE("tickets of one resource track a command once, and one ticket is given once") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    auto first = resource.acquire_shared();
    auto second = resource.acquire_shared();
    auto next = resource.acquire();
    CHECK_THROWS_AS(jcu::enqueue(stream, first, first, [] {}), std::invalid_argument);
    co_await jcu::enqueue(stream, first, second, gate.event, [] {});
    first.ready();
    second.ready();
    const std::span<const jcu::Event> inherited = co_await next.wait();
    CHECK(inherited.size() == 1);
    gate.open();
    co_await next.wait_events();
    next.ready();
}

CUDA_TEST_CASE("a failure that the holder has dealt with is no obstacle") {
    jcu::Resource<int> resource{0};
    CUstream stream = device.stream();
    auto before = co_await resource.acquire();
    before.ready(failed_event(CUDA_ERROR_LAUNCH_FAILED));
    auto ticket = resource.acquire();
    co_await ticket.wait();
    const jcu::Event done = co_await jcu::enqueue(stream, ticket, [] {});
    co_await done;
    ticket.ready();
    co_await enqueue_in_turn(resource.acquire(), stream);
    co_await jcu::finish(stream);
}

CUDA_TEST_CASE("an enqueue may be awaited again") {
    jcu::Resource<int> resource{0};
    CUstream stream = device.stream();
    auto before = co_await resource.acquire();
    auto ticket = resource.acquire();
    auto later = executor.spawn([](auto first) -> juggle::Task<> {
        co_await juggle::yield();
        first.ready();
    }(std::move(before)));
    int calls = 0;
    auto enqueueing = jcu::enqueue(stream, ticket, [&calls] { ++calls; });
    const jcu::Event first_event = co_await enqueueing;
    const jcu::Event second_event = co_await enqueueing;
    CHECK(first_event != second_event);
    CHECK(calls == 2);
    co_await second_event;
    co_await later;
    ticket.ready();
}

CUDA_TEST_CASE("what else guards a value is waited for by the host") {
    using Event = juggle::OneOf<jcu::Event, support::ForeignEvent>;
    juggle::Resource<int, Event> resource{0};
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    support::ForeignEvent foreign;
    auto before = co_await resource.acquire();
    before.track(foreign);
    before.ready(gate.event);
    jcu::Event command;
    const auto task =
        executor.spawn([](auto ticket, CUstream queue, jcu::Event& done) -> juggle::Task<> {
            done = co_await jcu::enqueue(queue, ticket, [] {});
            ticket.ready();
        }(resource.acquire(), stream, command));
    co_await support::a_few_turns();
    CHECK_FALSE(task.done());
    foreign.complete();
    co_await task;
    CHECK(is_pending(command));
    gate.open();
    co_await command;
}

CUDA_TEST_CASE("the stream's context is current in the function, and the thread's own afterwards") {
    jcu::Resource<int> resource{0};
    CUstream stream = device.stream();
    const support::CudaDevice other;
    CHECK(support::current_context() == other.context);
    auto ticket = resource.acquire();
    CUcontext seen = nullptr;
    co_await co_await jcu::enqueue(stream, ticket, [&] { seen = support::current_context(); });
    CHECK(seen == device.context);
    CHECK(support::current_context() == other.context);
    ticket.ready();
}

CUDA_TEST_CASE("the legacy stream is that of the context which was current at the call") {
    jcu::Resource<int> resource{0};
    auto ticket = resource.acquire();
    CUcontext seen = nullptr;
    const auto look = [&] { seen = support::current_context(); };  // it is referred to
    auto enqueueing = jcu::enqueue(nullptr, ticket, look);
    const support::CudaDevice other;
    co_await co_await enqueueing;
    CHECK(seen == device.context);
    ticket.ready();
}

CUDA_TEST_CASE("a stream that is none is refused at the call") {
    jcu::Resource<int> resource{0};
    auto ticket = resource.acquire();
    int none = 0;
    const std::exception_ptr error = support::exception_by(
        [&] { (void)jcu::enqueue(reinterpret_cast<CUstream>(&none), ticket, [] {}); });
    CHECK(error_code(error) != CUDA_SUCCESS);
    CHECK(support::contains(support::text_of(error), "argument 'stream'"));
    ticket = {};
    co_return;
}

CUDA_TEST_CASE("a stream that is being captured is refused before anything is enqueued") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    auto ticket = resource.acquire();
    bool called = false;
    const auto function = [&] { called = true; };
    support::check_cu(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL), "begin");
    support::CudaDevice::rules("");
    const std::exception_ptr error =
        co_await exception_of_enqueue(stream, ticket, gate.event, function);
    CHECK(support::is<std::logic_error>(error));
    CHECK(support::contains(support::text_of(error), "juggle: cuda::enqueue: argument 'stream'"));
    CHECK_FALSE(called);
    CHECK_FALSE(ticket.held());
    CHECK(support::CudaDevice::calls("cuStreamWaitEvent") == 0);
    CHECK(support::CudaDevice::calls("cuEventRecord") == 0);
    CUgraph graph = nullptr;
    CHECK(cuStreamEndCapture(stream, &graph) == CUDA_SUCCESS);
    gate.open();
    co_await co_await jcu::enqueue(stream, ticket, gate.event, function);
    ticket.ready();
}

CUDA_TEST_CASE("a function that leaves the stream being captured is told, and spoils no graph") {
    jcu::Resource<int> resource{0};
    CUstream stream = device.stream();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    const auto function = [&] {
        return cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
    };
    const std::exception_ptr error = co_await exception_of_enqueue(stream, ticket, function);
    CHECK(support::is<std::logic_error>(error));
    CHECK(support::contains(support::text_of(error), "being captured"));
    CHECK(ticket.held());
    ticket.ready();
    const std::span<const jcu::Event> inherited = co_await next.wait();
    REQUIRE(inherited.size() == 1);
    CHECK(is_pending(inherited.front()));
    CUgraph graph = nullptr;
    CHECK(cuStreamEndCapture(stream, &graph) == CUDA_SUCCESS);
    co_await next.wait_events();
    next.ready();
}

CUDA_TEST_CASE("what is refused before the function is called leaves what was to be respected") {
    for (const std::string rule :
         {"cuEventCreate=CUDA_ERROR_OUT_OF_MEMORY", "cuStreamWaitEvent#1=CUDA_ERROR_OUT_OF_MEMORY",
          "cuStreamIsCapturing#1=CUDA_ERROR_OUT_OF_MEMORY",
          "cuCtxGetCurrent#2=CUDA_ERROR_OUT_OF_MEMORY"}) {
        INFO(rule);
        support::CudaDevice fresh;  // no event is on its shelf
        jcu::Resource<int> resource{0};
        const support::Gate gate = fresh.gate();
        CUstream stream = fresh.stream();
        auto before = co_await resource.acquire();
        before.ready(gate.event);
        auto ticket = resource.acquire();
        auto next = resource.acquire();
        bool called = false;
        const auto function = [&] { called = true; };
        support::CudaDevice::rules(rule);
        const std::exception_ptr error = co_await exception_of_enqueue(stream, ticket, function);
        support::CudaDevice::rules("");
        CHECK(error_code(error) == CUDA_ERROR_OUT_OF_MEMORY);
        CHECK_FALSE(called);
        CHECK_FALSE(ticket.held());
        ticket = {};
        const std::span<const jcu::Event> inherited = co_await next.wait();
        REQUIRE(inherited.size() == 1);
        CHECK(inherited.front() == gate.event);
        gate.open();
        co_await next.wait_events();
        next.ready();
    }
}

CUDA_TEST_CASE(
    "what cannot be recorded is an error, and guarded by an event that is recorded later") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    CUstream other = device.stream();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    const auto function = [] {};
    support::CudaDevice::rules("cuEventRecord#1=CUDA_ERROR_OUT_OF_MEMORY");
    const std::exception_ptr error =
        co_await exception_of_enqueue(stream, ticket, gate.event, function);
    CHECK(error_code(error) == CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(support::contains(support::text_of(error), "enqueue: cuEventRecord"));
    CHECK(ticket.held());
    ticket.ready();
    const jcu::Event behind = co_await jcu::enqueue(other, next, function);
    CHECK(is_pending(behind));
    gate.open();
    co_await behind;
    next.ready();
}

CUDA_TEST_CASE("what is never recorded is guarded by its stream") {
    jcu::Resource<int> resource{0};
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    CUstream other = device.stream();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    const auto function = [] {};
    support::CudaDevice::rules("cuEventRecord=CUDA_ERROR_OUT_OF_MEMORY");
    const std::exception_ptr error =
        co_await exception_of_enqueue(stream, ticket, gate.event, function);
    CHECK(error_code(error) == CUDA_ERROR_OUT_OF_MEMORY);
    ticket.ready();
    const std::span<const jcu::Event> inherited = co_await next.wait();
    REQUIRE(inherited.size() == 1);
    CHECK(is_pending(inherited.front()));
    const std::exception_ptr refused =
        support::exception_by([&] { jcu::wait_on(other, inherited.front()); });  // no stream can
    CHECK(error_code(refused) == CUDA_ERROR_OUT_OF_MEMORY);
    CHECK(support::contains(support::text_of(refused), "wait_on: cuEventRecord of an event of"));
    gate.open();
    co_await next.wait_events();
    next.ready();
}

CUDA_TEST_CASE("a resource waits for what was never recorded before it goes") {
    std::optional<jcu::Resource<int>> resource{std::in_place, 0};
    const support::Gate gate = device.gate();
    CUstream stream = device.stream();
    auto ticket = resource->acquire();
    const auto function = [] {};
    support::CudaDevice::rules("cuEventRecord=CUDA_ERROR_OUT_OF_MEMORY");
    CHECK(error_code(co_await exception_of_enqueue(stream, ticket, gate.event, function)) ==
          CUDA_ERROR_OUT_OF_MEMORY);
    ticket.ready();
    ticket = {};
    std::thread opens{[&gate] { gate.open(); }};
    resource.reset();
    CHECK(cuStreamQuery(stream) == CUDA_SUCCESS);
    opens.join();
}

CUDA_TEST_CASE("a function's exception comes first if nothing can be recorded behind it, either") {
    jcu::Resource<int> resource{0};
    CUstream stream = device.stream();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    const auto function = [] { throw std::runtime_error{"no"}; };
    support::CudaDevice::rules("cuEventRecord#1=CUDA_ERROR_OUT_OF_MEMORY");
    const std::exception_ptr error = co_await exception_of_enqueue(stream, ticket, function);
    CHECK(support::text_of(error) == "no");
    ticket.ready();
    CHECK((co_await next.wait()).size() == 1);
    co_await next.wait_events();
    next.ready();
}

CUDA_TEST_CASE("what can be neither recorded nor asked about is an error for those who come next") {
    for (const bool is_thread_s : {false, true}) {
        jcu::Resource<int> resource{0};
        CUstream stream = is_thread_s ? CU_STREAM_PER_THREAD : device.stream();
        auto ticket = resource.acquire();
        auto next = resource.acquire();
        const auto function = [] {};
        support::CudaDevice::rules(
            "cuEventRecord=CUDA_ERROR_OUT_OF_MEMORY;cuStreamQuery=CUDA_ERROR_UNKNOWN");
        const std::exception_ptr error = co_await exception_of_enqueue(stream, ticket, function);
        CHECK(error_code(error) == CUDA_ERROR_OUT_OF_MEMORY);
        ticket.ready();
        const std::exception_ptr failure = co_await exception_of(next.wait_events());
        CHECK(error_code(failure) == (is_thread_s ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_ERROR_UNKNOWN));
        support::CudaDevice::rules("");
        next = {};
        resource.clear_poison();
    }
}

CUDA_TEST_CASE("a context that is over in the function fails what was enqueued with its code") {
    jcu::Resource<int> resource{0};
    CUstream stream = device.stream();
    auto ticket = resource.acquire();
    auto next = resource.acquire();
    const auto function = [&] { device.fail(CUDA_ERROR_ILLEGAL_ADDRESS); };
    const std::exception_ptr error = co_await exception_of_enqueue(stream, ticket, function);
    CHECK(error_code(error) == CUDA_ERROR_ILLEGAL_ADDRESS);
    ticket.ready();
    const std::exception_ptr failure = co_await exception_of(next.wait_events());
    CHECK(error_code(failure) == CUDA_ERROR_ILLEGAL_ADDRESS);
    next = {};
    resource.clear_poison();
}
