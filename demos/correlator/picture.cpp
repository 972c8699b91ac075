#include "correlator/picture.hpp"

#include "common/axis.hpp"
#include "common/canvas.hpp"
#include "common/colour_map.hpp"
#include "common/text_stream.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <sstream>
#include <string>

namespace correlator {
namespace {

using common::Axis;
using common::Canvas;

// All lengths are in dots.
constexpr double left = 96;
constexpr double top = 96;
constexpr double below = 76;
constexpr double plot_width = Fringes::max_columns;  // a multiple of any number of columns
constexpr double bar_gap = 16;
constexpr double bar_width = 18;
constexpr double panel_width = plot_width + bar_gap + bar_width + 84;
constexpr std::size_t least_height = 512;
constexpr double tick_length = 5;

/// Round the circle of hues, so that both ends, which are the same phase, look the same.
std::uint32_t colour_of_phase(double degrees) {
    std::uint32_t colour = 0;
    for (const double shift : {0.0, -120.0, 120.0}) {
        const double part = 0.5 + 0.45 * std::cos((degrees + shift) / 180 * std::numbers::pi);
        colour = colour << 8 | static_cast<std::uint32_t>(255 * part);
    }
    return colour;
}

double phase_of(std::complex<double> value) { return std::arg(value) * 180 / std::numbers::pi; }

double largest(const Fringes& fringes) {
    double most = 0;
    for (std::size_t line = 0; line < fringes.lines(); ++line) {
        for (std::size_t column = 0; column < fringes.columns(); ++column) {
            most = std::max(most, std::abs(fringes.coherence(line, column)));
        }
    }
    return most == 0 ? 1 : most;
}

class Drawing {
public:
    Drawing(const Fringes& fringes, const Options& options)
        : fringes_{fringes}, options_{options}, most_{largest(fringes)},
          lines_{std::max<std::size_t>(fringes.lines(), 1)},
          line_height_{(least_height + lines_ - 1) / lines_},
          plot_height_{static_cast<double>(line_height_ * lines_)},
          canvas_{static_cast<int>(left + 2 * panel_width),
                  static_cast<int>(top + plot_height_ + below)} {}

    void draw() {
        draw_title();
        draw_time_axis();
        draw_panel(left, "amplitude, as a share of the power received",
                   [this](auto value) { return common::colour_of(std::abs(value) / most_); });
        draw_amplitude_bar(left + plot_width + bar_gap);
        const double second = left + panel_width;
        draw_panel(second, "phase", [](auto value) { return colour_of_phase(phase_of(value)); });
        draw_phase_bar(second + plot_width + bar_gap);
    }

    void write(common::OutputFile& file) { canvas_.write(file); }

private:
    template <class Colour>
    void draw_panel(double x, const std::string& name, Colour colour) {
        if (fringes_.lines() == 0) {
            canvas_.text(x + plot_width / 2, top + plot_height_ / 2, 0.5, "no row");
        } else {
            const std::size_t cell = Fringes::max_columns / fringes_.columns();
            canvas_.fill(x, top, plot_width, plot_height_, [&](std::size_t i, std::size_t j) {
                return colour(fringes_.coherence(j / line_height_, i / cell));
            });
        }
        canvas_.frame(x, top, plot_width, plot_height_);
        canvas_.text(x, top - 14, 0, name);
        draw_frequency_axis(x);
    }

    void draw_title() {
        std::ostringstream text = common::text_stream();
        text << "antennas " << options_.first << " and " << options_.second << " of "
             << options_.antennas;
        canvas_.set_letter_size(Canvas::title_size);
        canvas_.text(left, 24, 0, text.str());
        canvas_.set_letter_size(Canvas::label_size);
        text.str("");
        const double width = options_.sample_rate / static_cast<double>(options_.channels);
        text << options_.channels << " channels of " << width << " Hz, rows of "
             << options_.row_time() * 1e3 << " ms, "
             << (options_.inputs.empty()
                     ? "a simulated sky"
                     : std::filesystem::path(options_.inputs.front()).filename().string());
        canvas_.text(left, 48, 0, canvas_.fitting(text.str(), 2 * plot_width));
    }

    void draw_frequency_axis(double x) {
        const double spacing = options_.sample_rate / static_cast<double>(options_.channels);
        // A channel's frequency is in the middle of its cell.
        const double from = -options_.sample_rate / 2 - spacing / 2;
        const Axis axis = common::frequency_axis(from, from + options_.sample_rate, 5);
        for (const Axis::Tick& tick : axis.ticks) {
            const double at = x + (tick.value - from) / options_.sample_rate * plot_width;
            canvas_.line(at, top + plot_height_, 0, tick_length);
            canvas_.text(at, top + plot_height_ + 18, 0.5, tick.label);
        }
        canvas_.text(x + plot_width / 2, top + plot_height_ + 46, 0.5,
                     "frequency from the middle of the band in " + axis.unit);
    }

    void draw_time_axis() {
        const double to = options_.row_time() * static_cast<double>(fringes_.rows_per_line()) *
                          static_cast<double>(lines_);
        const Axis axis = common::time_axis(0, to, static_cast<int>(plot_height_ / 64));
        for (const Axis::Tick& tick : axis.ticks) {
            const double y = top + tick.value / to * plot_height_;
            canvas_.line(left - 1, y, -tick_length, 0);
            canvas_.text(left - 10, y, 1, tick.label);
        }
        const std::uint64_t rows = fringes_.rows_per_line();
        canvas_.text_upwards(18, top + plot_height_ / 2,
                             "time in " + axis.unit +
                                 (rows == 1 ? "" : ", sums of " + std::to_string(rows) + " rows"));
    }

    /// `colour` of a share of the height, from below.
    template <class Colour>
    void draw_bar(double x, Colour colour) {
        canvas_.fill(x, top, bar_width, plot_height_, [&](std::size_t, std::size_t j) {
            return colour(1 - (static_cast<double>(j) + 0.5) / plot_height_);
        });
        canvas_.frame(x, top, bar_width, plot_height_);
    }

    void draw_tick(double x, double share, const std::string& label) {
        const double y = top + (1 - share) * plot_height_;
        canvas_.line(x + bar_width, y, tick_length, 0);
        canvas_.text(x + bar_width + 10, y, 0, label);
    }

    void draw_amplitude_bar(double x) {
        draw_bar(x, [](double share) { return common::colour_of(share); });
        for (const Axis::Tick& tick : common::plain_axis(0, most_, 5).ticks) {
            draw_tick(x, tick.value / most_, tick.label);
        }
    }

    void draw_phase_bar(double x) {
        draw_bar(x, [](double share) { return colour_of_phase(360 * share - 180); });
        for (const int degrees : {-180, -90, 0, 90, 180}) {
            draw_tick(x, (degrees + 180) / 360.0, std::to_string(degrees) + "°");
        }
    }

    const Fringes& fringes_;
    const Options& options_;
    double most_;
    std::size_t lines_;
    std::size_t line_height_;
    double plot_height_;
    Canvas canvas_;
};

}  // namespace

void write_picture(common::OutputFile& file, const Fringes& fringes, const Options& options) {
    Drawing drawing(fringes, options);
    drawing.draw();
    drawing.write(file);
}

}  // namespace correlator
