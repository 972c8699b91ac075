#include "table.hpp"

#include "common/text_stream.hpp"

#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>

namespace reaction_diffusion {
namespace {

void print_line(std::string_view mode, std::string_view steps, std::string_view frames,
                std::string_view seconds, std::string_view step_rate, std::string_view frame_rate,
                std::string_view speed_up, std::string_view checksum) {
    std::cout << std::left << std::setw(8) << mode << std::right << std::setw(11) << steps
              << std::setw(9) << frames << std::setw(10) << seconds << std::setw(11) << step_rate
              << std::setw(10) << frame_rate << std::setw(10) << speed_up << std::setw(18)
              << checksum << '\n'
              << std::flush;  // the next mode may take a while
}

std::string fixed(double value, int decimals) {
    std::ostringstream text = common::text_stream();
    text << std::fixed << std::setprecision(decimals) << value;
    return text.str();
}

std::string hexadecimal(std::uint64_t value) {
    std::ostringstream text = common::text_stream();
    text << std::hex << std::setw(16) << std::setfill('0') << value;
    return text.str();
}

}  // namespace

Table::Table() {
    print_line("mode", "steps", "frames", "seconds", "steps/s", "frames/s", "speed-up", "checksum");
}

void Table::add(std::string_view mode, const Done& done, double seconds, std::uint64_t checksum) {
    const double rate = static_cast<double>(done.steps) / seconds;
    const bool known = first_rate_ && *first_rate_ > 0;
    print_line(mode, std::to_string(done.steps), std::to_string(done.frames), fixed(seconds, 3),
               fixed(rate, 1), fixed(static_cast<double>(done.frames) / seconds, 1),
               known ? fixed(rate / *first_rate_, 2) : "-", hexadecimal(checksum));
    if (!first_rate_) {
        first_rate_ = rate;
    }
}

}  // namespace reaction_diffusion
