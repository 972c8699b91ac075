#include "modes.hpp"

namespace triple::ON_GPU {

void run_mode(Mode mode, Pipeline& p, Chunks& chunks, const Limits& limits,
              const std::stop_token& stop) {
    switch (mode) {
        case Mode::sync:
            return run_sync(p, chunks, stop);
        case Mode::async:
            return run_async(p, chunks, stop);
        case Mode::race:
            return run_race(p, chunks, limits, stop);
        case Mode::resource:
            return run_resource(p, chunks, limits, stop);
        case Mode::device:
            return run_device(p, chunks, limits, stop);
    }
}

}  // namespace triple::ON_GPU
