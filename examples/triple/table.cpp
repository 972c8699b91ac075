#include "table.hpp"

#include "common/text_stream.hpp"

#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>

namespace triple {
namespace {

void print_line(std::string_view mode, std::string_view chunks, std::string_view rate,
                std::string_view speed_up, std::string_view wrong) {
    std::cout << std::left << std::setw(8) << mode << std::right << std::setw(12) << chunks
              << std::setw(12) << rate << std::setw(10) << speed_up << std::setw(12) << wrong
              << '\n'
              << std::flush;  // the next mode may take a while
}

std::string fixed(double value, int decimals) {
    std::ostringstream text = common::text_stream();
    text << std::fixed << std::setprecision(decimals) << value;
    return text.str();
}

}  // namespace

Table::Table() { print_line("mode", "chunks", "chunks/s", "speed-up", "wrong"); }

void Table::add(std::string_view mode, std::uint64_t chunks, double seconds, std::uint64_t wrong) {
    const double rate = static_cast<double>(chunks) / seconds;
    if (mode == "sync") {
        sync_rate_ = rate;
    }
    const bool known = sync_rate_ && *sync_rate_ > 0;
    print_line(mode, std::to_string(chunks), fixed(rate, 1),
               known ? fixed(rate / *sync_rate_, 2) : "-", std::to_string(wrong));
}

}  // namespace triple
