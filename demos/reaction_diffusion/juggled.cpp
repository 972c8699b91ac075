// Three queues and one thread that waits for none of them: steps go on while frames are copied,
// read back and, on threads of a pool, written.

#include "common/host_buffer.hpp"
#include "common/status_on_signal.hpp"
#include "modes.hpp"
#include "pace.hpp"

#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace reaction_diffusion {

namespace jcl = juggle::opencl;

namespace {

class Juggled {
public:
    Juggled(GrayScott& model, const FrameWriter& writer, const Plan& plan);

    [[nodiscard]] juggle::Task<Done> run();

private:
    using Pixels = common::HostBuffer<float>;
    using State = jcl::Resource<cl::Image2D>;
    using StateTicket = State::SharedAllocation;
    using CopyTicket = jcl::ResourceAllocation<cl::Buffer>;
    using PixelsTicket = jcl::ResourceAllocation<Pixels>;

    [[nodiscard]] juggle::Task<> simulate(juggle::JobQueue& frames);
    [[nodiscard]] juggle::Task<cl::Event> step();
    [[nodiscard]] juggle::Task<> next_frame();
    [[nodiscard]] juggle::Task<> save(std::uint64_t frame, StateTicket state, CopyTicket copy,
                                      PixelsTicket pixels);

    /// Steps go to and fro between the two.
    [[nodiscard]] State& newest() noexcept { return done_.steps % 2 == 0 ? even_ : odd_; }
    [[nodiscard]] State& oldest() noexcept { return done_.steps % 2 == 0 ? odd_ : even_; }

    GrayScott& model_;
    const FrameWriter& writer_;
    const Plan& plan_;
    cl::CommandQueue compute_;
    cl::CommandQueue copying_;
    cl::CommandQueue reading_;
    State even_;
    State odd_;
    juggle::ResourceRing<cl::Buffer, cl::Event> copies_;
    juggle::ResourceRing<Pixels, cl::Event> pixels_;
    std::uint64_t frames_begun_ = 0;
    Done done_;
};

Juggled::Juggled(GrayScott& model, const FrameWriter& writer, const Plan& plan)
    : model_{model}, writer_{writer}, plan_{plan}, compute_{model.make_queue()},
      copying_{model.make_queue()}, reading_{model.make_queue()},
      even_{"even state", model.make_first_state(plan.seed)}, odd_{"odd state", model.make_state()},
      copies_{"copy", plan.in_flight, [&](std::size_t) { return model.make_copy(); }},
      pixels_{"pixels", plan.in_flight,
              [&](std::size_t) { return Pixels{model.context(), reading_, model.floats()}; }} {}

juggle::Task<Done> Juggled::run() {
    juggle::JobQueue frames{plan_.in_flight};
    std::exception_ptr problem;
    try {
        co_await simulate(frames);
    } catch (const juggle::Cancelled&) {
        problem = nullptr;  // Ctrl-C: no more steps, but what is in flight is finished
    } catch (...) {
        problem = std::current_exception();
    }
    // What the frames behind a failed one say is a consequence and would only hide the cause.
    while (!frames.empty()) {
        try {
            co_await frames.finish();
        } catch (...) {
            if (!problem) {
                problem = std::current_exception();
            }
        }
    }
    if (problem) {
        std::rethrow_exception(problem);
    }
    StateTicket last = newest().acquire_shared();
    done_.last = co_await last.wait_events();
    last.ready();
    co_return done_;
}

// [simulate]
juggle::Task<> Juggled::simulate(juggle::JobQueue& frames) {
    Pace pace;
    co_await frames.push(next_frame());
    while (done_.steps < plan_.steps) {
        const cl::Event stepped = co_await step();
        if (const std::optional<cl::Event> earlier = pace.after(stepped)) {
            frames.clean();  // a frame that failed ends the run now, not when its place is needed
            co_await *earlier;         // flushes the queue, too
            co_await juggle::yield();  // if that did not wait: frames and Ctrl-C have their turn
        }
        if (done_.steps % plan_.every == 0) {
            co_await frames.push(next_frame());  // waits while too many are in flight
        }
    }
}
// [/simulate]

// [step]
/// Reads the one state, together with copies of it, and overwrites the other when the copies of
/// what was in it have ended: the queue waits for that, not the host.
juggle::Task<cl::Event> Juggled::step() {
    juggle::AllocationSet tickets = juggle::acquire_all(oldest(), juggle::shared(newest()));
    auto& [to, from] = tickets;
    const cl::Event stepped =
        co_await jcl::enqueue(compute_, tickets, [&](jcl::Commands& commands) {
            model_.enqueue_step(compute_, *from, *to, commands.wait_list(), commands.event());
        });
    to.ready();
    from.ready();
    ++done_.steps;
    co_return stepped;
}
// [/step]

/// Takes the tickets now, so the frame shows the state as it is now, however late it is copied.
juggle::Task<> Juggled::next_frame() {
    return save(frames_begun_++, newest().acquire_shared(), copies_.acquire(), pixels_.acquire());
}

// [save]
/// The copy on the device is quick and lets the next but one step go on; the way to the host may
/// take its time.
juggle::Task<> Juggled::save(std::uint64_t frame, StateTicket state, CopyTicket copy,
                             PixelsTicket pixels) {
    co_await jcl::enqueue(copying_, state, copy, [&](jcl::Commands& commands) {
        model_.enqueue_copy(copying_, *state, *copy, commands.wait_list(), commands.event());
    });
    state.ready();

    const cl::Event read =
        co_await jcl::enqueue(reading_, copy, pixels, [&](jcl::Commands& commands) {
            model_.enqueue_read(reading_, *copy, pixels->span(), commands.wait_list(),
                                commands.event());
        });
    copy.ready();

    co_await read;
    co_await juggle::offload([&] { writer_.write(frame, pixels->span()); });
    pixels.ready();
    ++done_.frames;
}
// [/save]

}  // namespace

Done run_juggled(GrayScott& model, const FrameWriter& writer, const Plan& plan,
                 const std::stop_token& stop) {
    Juggled juggled{model, writer, plan};
    juggle::Executor executor;
    const common::StatusOnSignal status{executor};
    try {
        return executor.run(juggled.run(), stop);
    } catch (const juggle::Cancelled&) {  // Ctrl-C came before the task began
        return {.last = model.make_first_state(plan.seed)};
    }
}

}  // namespace reaction_diffusion
