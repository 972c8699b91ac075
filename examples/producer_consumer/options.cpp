#include "options.hpp"

#include "common/options.hpp"

#include <memory>

namespace producer_consumer {

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    double seconds = 1;
    CLI::App app{
        "One thread, producers and consumers, in three forms: 1. a channel between them, and\n"
        "a timer that ends it; 2. the consumer sets the pace; 3. three producers are iterated\n"
        "together. Time is simulated, so that nothing has to be waited for.",
        "producer_consumer"};
    app.formatter(std::make_shared<common::HelpFormatter>(24));
    common::add_count(app, "--form", options.form, 0U, 3U, "Which of them; 0 is all");
    common::add_count(app, "--items", options.items, 1U, 1000U,
                      "Of each producer in forms 2 and 3");
    common::add_number(app, "--seconds", seconds, 0.001, 3600, "How long form 1 lasts");
    app.add_flag("--real-time", options.real_time, "Let real time pass");
    if (!common::parse(app, argc, argv)) {
        return std::nullopt;
    }
    options.length = std::chrono::milliseconds{std::llround(seconds * 1000)};
    return options;
}

}  // namespace producer_consumer
