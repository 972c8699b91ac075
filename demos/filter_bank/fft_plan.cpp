#include "filter_bank/fft_plan.hpp"

#include <bit>
#include <cmath>
#include <complex>
#include <numbers>

namespace filter_bank {

FftPlan fft_plan(std::size_t channels) {
    constexpr FftPlan plans[] = {
        {4, 1, 0, 4},     // 16
        {4, 1, 0, 8},     // 32
        {8, 1, 0, 8},     // 64
        {8, 1, 0, 16},    // 128
        {16, 1, 0, 16},   // 256
        {8, 8, 1, 8},     // 512
        {16, 8, 1, 8},    // 1024
        {16, 8, 1, 16},   // 2048
        {16, 16, 1, 16},  // 4096
        {16, 8, 2, 8},    // 8192
    };
    return plans[std::countr_zero(channels) - std::countr_zero(16U)];
}

std::vector<float> twiddles(std::size_t length, std::size_t radix) {
    const std::size_t points = length / radix;
    std::vector<float> table(2 * length);
    for (std::size_t k = 0; k < radix; ++k) {
        for (std::size_t p = 0; p < points; ++p) {
            const double turn = static_cast<double>(k * p) / static_cast<double>(length);
            const std::complex<double> power = std::polar(1.0, -2 * std::numbers::pi * turn);
            table[2 * k * points + p] = static_cast<float>(power.real());
            table[(2 * k + 1) * points + p] = static_cast<float>(power.imag());
        }
    }
    return table;
}

}  // namespace filter_bank
