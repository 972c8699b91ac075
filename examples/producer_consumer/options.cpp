#include "options.hpp"

#include "common/command_line.hpp"

#include <cmath>

namespace producer_consumer {

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    double seconds = 1;
    common::CommandLine line{
        "producer_consumer",
        "One thread, producers and consumers, in three forms: 1. a channel between them, and\n"
        "a timer that ends it; 2. the consumer sets the pace; 3. three producers are iterated\n"
        "together. Time is simulated, so that nothing has to be waited for.",
        24};
    line.add_count("--form", options.form, 0, 3, "Which of them; 0 is all");
    line.add_count("--items", options.items, 1, 1000, "Of each producer in forms 2 and 3");
    line.add_number("--seconds", seconds, 0.001, 3600, "How long form 1 lasts");
    line.add_flag("--real-time", options.real_time, "Let real time pass");
    if (!line.parse(argc, argv)) {
        return std::nullopt;
    }
    options.length = std::chrono::milliseconds{std::llround(seconds * 1000)};
    return options;
}

}  // namespace producer_consumer
