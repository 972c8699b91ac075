// A service that is asked to stop takes nothing new in, and finishes what it has.

#include "modes.hpp"
#include "packets.hpp"

#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>

#include <chrono>
#include <stop_token>
#include <utility>

namespace network {

using namespace std::chrono_literals;

namespace {

// [draining]
juggle::Task<> take_in(juggle::asio::PacketReceiver<>& receiver, Window& window, Ring& ring,
                       Chunks& received) {
    const ClosedAtEnd out{received};
    try {
        co_await receive(receiver, window, ring, received);
    } catch (const juggle::TimedOut&) {   // NOLINT(bugprone-empty-catch): nothing comes any more
    } catch (const juggle::Cancelled&) {  // NOLINT(bugprone-empty-catch): it was asked to stop
    }
    co_await pass_on_the_rest(window, received);
}

juggle::Task<Losses> serve(Device& device, asio::ip::udp::socket socket) {
    Ring ring{"chunks", 6, [](std::size_t) { return Chunk{}; }};
    Chunks received{"received", 2};
    Chunks computed{"computed", 2};
    juggle::asio::PacketReceiver<> receiver{socket, {.receive_buffer = 4 << 20}};
    Window window{{.packets_per_chunk = packets_per_chunk, .max_open = 2}};
    // A stop request is passed on to the input alone; the others go on until their channels end.
    co_await juggle::when_all(take_in(receiver, window, ring, received),
                              juggle::shield(compute(device, received, computed)),
                              juggle::shield(send(socket, computed)));
    co_return Losses{window.counts().missing, window.counts().doubled, receiver.counts().dropped};
}
// [/draining]

}  // namespace

// [draining-run]
Losses run_draining(Device& device, asio::io_context& context, asio::ip::udp::socket socket,
                    std::stop_token stop) {
    juggle::asio::Loop loop{context};
    juggle::ExecutorOptions options;
    options.idle = &loop;
    options.report_waits_after = 10s;  // what hangs is told of, with its line
    options.metrics = true;            // executor.metrics(): the named channels, for Prometheus
    juggle::Executor executor{std::move(options)};
    return executor.run(serve(device, std::move(socket)), std::move(stop));
}
// [/draining-run]

}  // namespace network
