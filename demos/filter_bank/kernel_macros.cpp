#include "filter_bank/kernel_macros.hpp"

#include "filter_bank/fft_plan.hpp"

#include <algorithm>

namespace filter_bank {

std::vector<std::string> kernel_macros(const Shape& shape, std::size_t width) {
    std::string format(name_of(shape.format));
    std::ranges::transform(format, format.begin(),
                           [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    std::vector<std::string> macros{"FORMAT_" + format};
    const auto define = [&macros](const char* name, std::size_t value) {
        macros.push_back(std::string(name) + '=' + std::to_string(value));
    };
    const FftPlan plan = fft_plan(shape.channels);
    define("CHANNELS", shape.channels);
    define("TAPS", shape.taps);
    define("WIDTH", width);
    define("FIRST", plan.first);
    define("MIDDLE", plan.middle);
    define("MIDDLE_STAGES", plan.middle_stages);
    define("LAST", plan.last);
    return macros;
}

}  // namespace filter_bank
