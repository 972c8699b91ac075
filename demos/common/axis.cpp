#include "common/axis.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>

namespace common {
namespace {

struct Unit {
    double size;
    double from;  // smallest largest value it is used for
    const char* name;
};

constexpr Unit hertz[] = {{.size = 1e9, .from = 1e10, .name = "GHz"},
                          {.size = 1e6, .from = 1e6, .name = "MHz"},
                          {.size = 1e3, .from = 1e3, .name = "kHz"},
                          {.size = 1, .from = 0, .name = "Hz"}};
constexpr Unit seconds[] = {{.size = 1, .from = 1, .name = "s"},
                            {.size = 1e-3, .from = 1e-3, .name = "ms"},
                            {.size = 1e-6, .from = 0, .name = "µs"}};
constexpr Unit decibels[] = {{.size = 1, .from = 0, .name = "dB"}};
constexpr Unit none[] = {{.size = 1, .from = 0, .name = ""}};

double round_step(double rough) {
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= rough * 0.999) {
            return factor * power;
        }
    }
    return 10 * power;
}

std::string number(double value, int decimals) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

Axis make_axis(double from, double to, int wanted, std::span<const Unit> units) {
    const double largest = std::max(std::abs(from), std::abs(to));
    // Always one: the last is from zero on, and what is not a number is below none.
    const auto unit =
        std::ranges::find_if(units, [&](const Unit& u) { return !(largest < u.from); });
    Axis axis{.unit = unit->name, .ticks = {}};
    const double step = round_step((to - from) / unit->size / wanted);
    if (!std::isfinite(step * unit->size) || step <= 0) {
        return axis;
    }
    const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 12);
    const double first = std::ceil(from / unit->size / step - 1e-9);
    for (int i = 0; i <= 4 * wanted; ++i) {
        const double value = (first + i) * step;
        const double place = value * unit->size;
        if (!std::isfinite(place) || place > to + step * unit->size * 1e-9) {
            break;
        }
        // Adding zero turns a negative zero into a plain one.
        axis.ticks.push_back({place, number(value + 0.0, decimals)});
    }
    return axis;
}

}  // namespace

Axis frequency_axis(double from, double to, int wanted) {
    return make_axis(from, to, wanted, hertz);
}

Axis time_axis(double from, double to, int wanted) { return make_axis(from, to, wanted, seconds); }

Axis decibel_axis(double from, double to, int wanted) {
    return make_axis(from, to, wanted, decibels);
}

Axis plain_axis(double from, double to, int wanted) { return make_axis(from, to, wanted, none); }

}  // namespace common
