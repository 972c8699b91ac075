#include "picture.hpp"

#include "common/axis.hpp"
#include "common/canvas.hpp"
#include "common/colour_map.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace waterfall {
namespace {

// All lengths are in dots.
constexpr double left = 96;
constexpr double top = 72;
constexpr double below = 76;
constexpr double bar_gap = 24;
constexpr double bar_width = 18;
constexpr double right = bar_gap + bar_width + 84;
constexpr double plot_width = 1024;  // a multiple of any number of columns
constexpr std::size_t least_height = 512;
constexpr double tick_length = 5;

using common::Axis;
using common::Canvas;

struct Scale {
    double low;
    double high;
};

std::size_t divided_up(std::size_t number, std::size_t by) { return (number + by - 1) / by; }

double decibels(float power) { return 10 * std::log10(static_cast<double>(power)); }

/// From the noise floor to the strongest cell, a little room on either side.
Scale scale_of(const Summary& summary, const PictureLabels& labels) {
    std::vector<double> values;
    for (std::size_t line = 0; line < summary.lines(); ++line) {
        for (const float power : summary.line(line)) {
            if (std::isfinite(power) && power > 0) {
                values.push_back(decibels(power));
            }
        }
    }
    Scale scale{.low = -100, .high = 0};
    if (!values.empty()) {
        const auto floor = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 10);
        std::ranges::nth_element(values, floor);
        scale.high = *std::ranges::max_element(floor, values.end());
        scale.low = std::max(*floor - 1, scale.high - 120);
    }
    scale.low = labels.db_min.value_or(labels.db_max ? std::min(scale.low, *labels.db_max - 10)
                                                     : scale.low);
    scale.high = std::max(labels.db_max.value_or(scale.high), scale.low + (labels.db_max ? 0 : 10));
    return scale;
}

class Drawing {
public:
    Drawing(const Summary& summary, const PictureLabels& labels)
        : summary_(summary), labels_(labels), scale_(scale_of(summary, labels)),
          line_height_(divided_up(least_height, std::max<std::size_t>(1, summary.lines()))),
          plot_height_(summary.lines() == 0 ? static_cast<double>(least_height)
                                            : static_cast<double>(line_height_ * summary.lines())),
          canvas_(width(), height()) {}

    void draw() {
        if (summary_.lines() == 0) {
            canvas_.text(left + plot_width / 2, top + plot_height_ / 2, 0.5, "no complete row");
        } else {
            draw_cells();
        }
        draw_frame(left, plot_width);
        draw_title();
        draw_frequency_axis();
        draw_time_axis();
        draw_colour_bar();
    }

    void write(common::OutputFile& file) { canvas_.write(file); }

private:
    [[nodiscard]] int width() const { return static_cast<int>(left + plot_width + right); }
    [[nodiscard]] int height() const { return static_cast<int>(top + plot_height_ + below); }

    void draw_frame(double x, double frame_width) {
        canvas_.frame(x, top, frame_width, plot_height_);
    }

    void draw_cells() {
        const std::size_t cell_width = static_cast<std::size_t>(plot_width) / summary_.columns();
        canvas_.fill(left, top, plot_width, plot_height_, [&](std::size_t i, std::size_t j) {
            const float power = summary_.line(j / line_height_)[i / cell_width];
            return common::colour_of((decibels(power) - scale_.low) / (scale_.high - scale_.low));
        });
    }

    void draw_title() {
        canvas_.set_letter_size(Canvas::title_size);
        canvas_.text(left, 24, 0, canvas_.fitting(labels_.title, plot_width));
        canvas_.set_letter_size(Canvas::label_size);
        canvas_.text(left, 48, 0, canvas_.fitting(labels_.subtitle, plot_width));
    }

    [[nodiscard]] std::string reduced(const std::string& what, std::uint64_t count) const {
        if (count == 1) {
            return "";
        }
        return std::string(summary_.reduction() == Reduction::peak ? ", peak of " : ", mean of ") +
               std::to_string(count) + ' ' + what;
    }

    void draw_frequency_axis() {
        const double spacing =
            labels_.sample_rate /
            static_cast<double>(summary_.columns() * summary_.channels_per_column());
        // A channel's frequency is in the middle of its cell.
        const double from = labels_.centre - labels_.sample_rate / 2 - spacing / 2;
        const double to = from + labels_.sample_rate;
        const Axis axis = common::frequency_axis(from, to, 10);
        for (const Axis::Tick& tick : axis.ticks) {
            const double x = left + (tick.value - from) / (to - from) * plot_width;
            canvas_.line(x, top + plot_height_, 0, tick_length);
            canvas_.text(x, top + plot_height_ + 18, 0.5, tick.label);
        }
        canvas_.text(left + plot_width / 2, top + plot_height_ + 46, 0.5,
                     "frequency in " + axis.unit +
                         reduced("channels a column", summary_.channels_per_column()));
    }

    void draw_time_axis() {
        const double line_time = labels_.row_time * static_cast<double>(summary_.rows_per_line());
        const double lines = std::max(1.0, static_cast<double>(summary_.lines()));
        const double from = labels_.first_time;
        const double to = from + line_time * lines;
        const Axis axis = common::time_axis(from, to, static_cast<int>(plot_height_ / 64));
        for (const Axis::Tick& tick : axis.ticks) {
            const double y = top + (tick.value - from) / (to - from) * plot_height_;
            canvas_.line(left - 1, y, -tick_length, 0);
            canvas_.text(left - 10, y, 1, tick.label);
        }
        canvas_.text_upwards(18, top + plot_height_ / 2,
                             "time in " + axis.unit +
                                 reduced("rows a line", summary_.rows_per_line()));
    }

    void draw_colour_bar() {
        const double x = left + plot_width + bar_gap;
        canvas_.fill(x, top, bar_width, plot_height_, [&](std::size_t, std::size_t j) {
            return common::colour_of(1 - (static_cast<double>(j) + 0.5) / plot_height_);
        });
        draw_frame(x, bar_width);
        const Axis axis = common::decibel_axis(scale_.low, scale_.high, 8);
        for (const Axis::Tick& tick : axis.ticks) {
            const double share = (tick.value - scale_.low) / (scale_.high - scale_.low);
            const double y = top + (1 - share) * plot_height_;
            canvas_.line(x + bar_width, y, tick_length, 0);
            canvas_.text(x + bar_width + 10, y, 0, tick.label);
        }
        canvas_.text_upwards(x + bar_width + 68, top + plot_height_ / 2, "power in dBFS a channel");
    }

    const Summary& summary_;
    const PictureLabels& labels_;
    Scale scale_;
    std::size_t line_height_;
    double plot_height_;
    Canvas canvas_;
};

}  // namespace

void write_picture(common::OutputFile& file, const Summary& summary, const PictureLabels& labels) {
    Drawing drawing(summary, labels);
    drawing.draw();
    drawing.write(file);
}

}  // namespace waterfall
