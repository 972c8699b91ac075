#include "options.hpp"

#include "common/command_line.hpp"
#include "common/error.hpp"

namespace rtl_tcp_player {

std::optional<Options> parse_options(int argc, const char* const* argv) {
    Options options;
    common::CommandLine line{
        "rtl_tcp_player",
        "An rtl_tcp server without a radio: plays a file of unsigned 8-bit I/Q "
        "samples\nto one client after the other, as fast as they were taken. "
        "Ctrl-C ends it.",
        30};
    line.add_text({.names = "-i,--input", .value = "FILE", .help = "What rtl_sdr has written"},
                  options.input);
    line.add({.names = "--listen",
              .value = "[ADDRESS:]PORT",
              .help = "Where clients connect; port 0: one that is free",
              .wanted = "a port, or an address and a port",
              .read =
                  [&options](const std::string& text) {
                      const auto place = common::address_and_port_from(text, options.listen.host);
                      options.listen = place.value_or(options.listen);
                      return place.has_value();
                  },
              .initial = common::shown(options.listen)});
    line.add_number("--sample-rate", options.sample_rate, least_sample_rate, most_sample_rate,
                    "Samples a second, until a client wants another rate");
    line.add_flag("--repeat", options.repeat, "Begin again at the end of the file");
    if (!line.parse(argc, argv)) {
        return std::nullopt;
    }
    if (options.input.empty()) {
        throw common::Error("--input is needed (see --help)");
    }
    return options;
}

}  // namespace rtl_tcp_player
