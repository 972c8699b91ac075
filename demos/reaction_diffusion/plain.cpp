// One queue, one thread, one thing after the other: while a frame is read and written the device
// has nothing to do, and while it computes nobody writes.

#include "modes.hpp"
#include "pace.hpp"

#include <utility>
#include <vector>

namespace reaction_diffusion {

// [plain]
Done run_plain(GrayScott& model, const FrameWriter& writer, const Plan& plan,
               const std::stop_token& stop) {
    const cl::CommandQueue queue = model.make_queue();
    cl::Image2D from = model.make_first_state(plan.seed);
    cl::Image2D to = model.make_state();
    std::vector<float> pixels(model.floats());
    Pace pace;
    Done done;

    const auto save = [&] {
        model.read(queue, from, pixels);  // waits for all steps before
        writer.write(done.frames, pixels);
        ++done.frames;
    };

    save();
    while (done.steps < plan.steps && !stop.stop_requested()) {
        cl::Event stepped;
        model.enqueue_step(queue, from, to, nullptr, &stepped);
        std::swap(from, to);
        ++done.steps;
        if (const auto earlier = pace.after(stepped)) {
            earlier->wait();
        }
        if (done.steps % plan.every == 0) {
            save();
        }
    }
    queue.finish();
    done.last = from;
    return done;
}
// [/plain]

}  // namespace reaction_diffusion
