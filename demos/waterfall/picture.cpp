#include "picture.hpp"

#include "axis.hpp"
#include "common/colour_map.hpp"
#include "common/write_png.hpp"
#include "error.hpp"

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
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
constexpr double label_size = 13;
constexpr double title_size = 16;

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

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
          surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width(), height()),
                   &cairo_surface_destroy),
          cairo_(cairo_create(surface_.get()), &cairo_destroy) {}

    void draw() {
        paint_background();
        if (summary_.lines() == 0) {
            text(left + plot_width / 2, top + plot_height_ / 2, 0.5, "no complete row");
        } else {
            draw_cells();
        }
        draw_frame(left, plot_width);
        draw_title();
        draw_frequency_axis();
        draw_time_axis();
        draw_colour_bar();
    }

    void write(common::OutputFile& file) { common::write_png(file, surface_.get()); }

private:
    [[nodiscard]] int width() const { return static_cast<int>(left + plot_width + right); }
    [[nodiscard]] int height() const { return static_cast<int>(top + plot_height_ + below); }

    void ink(double grey) { cairo_set_source_rgb(cairo_.get(), grey, grey, grey); }

    void paint_background() {
        cairo_select_font_face(cairo_.get(), "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                               CAIRO_FONT_WEIGHT_NORMAL);
        cairo_set_font_size(cairo_.get(), label_size);
        ink(1);
        cairo_paint(cairo_.get());
        ink(0.1);
    }

    /// `anchor`: the share of the text that lies left of x. y is the middle of the line.
    void text(double x, double y, double anchor, const std::string& words) {
        cairo_text_extents_t extents;
        cairo_text_extents(cairo_.get(), words.c_str(), &extents);
        cairo_move_to(cairo_.get(), x - anchor * extents.x_advance, y + label_size * 0.35);
        cairo_show_text(cairo_.get(), words.c_str());
    }

    void text_upwards(double x, double y, const std::string& words) {
        cairo_save(cairo_.get());
        cairo_translate(cairo_.get(), x, y);
        cairo_rotate(cairo_.get(), -std::acos(0.0));
        text(0, 0, 0.5, words);
        cairo_restore(cairo_.get());
    }

    void line(double x, double y, double dx, double dy) {
        // Lines one dot wide are sharp in the middle of a dot.
        cairo_move_to(cairo_.get(), std::floor(x) + 0.5, std::floor(y) + 0.5);
        cairo_rel_line_to(cairo_.get(), dx, dy);
        cairo_set_line_width(cairo_.get(), 1);
        cairo_stroke(cairo_.get());
    }

    void draw_frame(double x, double frame_width) {
        cairo_rectangle(cairo_.get(), x - 0.5, top - 0.5, frame_width + 1, plot_height_ + 1);
        cairo_set_line_width(cairo_.get(), 1);
        cairo_stroke(cairo_.get());
    }

    /// A rectangle of the picture, for direct writing; dots are 0xRRGGBB.
    template <class Colour>
    void fill(double x, double y, double w, double h, Colour colour) {
        cairo_surface_flush(surface_.get());
        unsigned char* const data = cairo_image_surface_get_data(surface_.get());
        const auto stride =
            static_cast<std::size_t>(cairo_image_surface_get_stride(surface_.get()));
        for (std::size_t j = 0; j < static_cast<std::size_t>(h); ++j) {
            unsigned char* const start = data + (static_cast<std::size_t>(y) + j) * stride;
            auto* const dots =
                reinterpret_cast<std::uint32_t*>(start) + static_cast<std::size_t>(x);
            for (std::size_t i = 0; i < static_cast<std::size_t>(w); ++i) {
                dots[i] = colour(i, j);
            }
        }
        cairo_surface_mark_dirty(surface_.get());
    }

    void draw_cells() {
        const std::size_t cell_width = static_cast<std::size_t>(plot_width) / summary_.columns();
        fill(left, top, plot_width, plot_height_, [&](std::size_t i, std::size_t j) {
            const float power = summary_.line(j / line_height_)[i / cell_width];
            return common::colour_of((decibels(power) - scale_.low) / (scale_.high - scale_.low));
        });
    }

    void draw_title() {
        cairo_set_font_size(cairo_.get(), title_size);
        text(left, 24, 0, fitting(labels_.title));
        cairo_set_font_size(cairo_.get(), label_size);
        text(left, 48, 0, fitting(labels_.subtitle));
    }

    /// Nothing if the text is not UTF-8, as the name of a file may be. A context of its own
    /// answers, for cairo draws nothing any more after such a text.
    [[nodiscard]] std::optional<double> title_width(const std::string& words) const {
        const Context trial(cairo_create(surface_.get()), &cairo_destroy);
        cairo_select_font_face(trial.get(), "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                               CAIRO_FONT_WEIGHT_NORMAL);
        cairo_set_font_size(trial.get(), title_size);
        cairo_text_extents_t extents{};
        cairo_text_extents(trial.get(), words.c_str(), &extents);
        if (cairo_status(trial.get()) != CAIRO_STATUS_SUCCESS) {
            return std::nullopt;
        }
        return extents.x_advance;
    }

    /// The text, or what of it can be drawn above the plot.
    [[nodiscard]] std::string fitting(std::string words) const {
        if (title_width(words).value_or(plot_width + 1) <= plot_width) {
            return words;
        }
        for (char& letter : words) {
            if (letter < ' ' || letter > '~') {
                letter = '?';
            }
        }
        while (title_width(words).value_or(0) > plot_width) {
            words.replace(words.size() - 4, 4, "...");
        }
        return words;
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
        const Axis axis = frequency_axis(from, to, 10);
        for (const Axis::Tick& tick : axis.ticks) {
            const double x = left + (tick.value - from) / (to - from) * plot_width;
            line(x, top + plot_height_, 0, tick_length);
            text(x, top + plot_height_ + 18, 0.5, tick.label);
        }
        text(left + plot_width / 2, top + plot_height_ + 46, 0.5,
             "frequency in " + axis.unit +
                 reduced("channels a column", summary_.channels_per_column()));
    }

    void draw_time_axis() {
        const double line_time = labels_.row_time * static_cast<double>(summary_.rows_per_line());
        const double lines = std::max(1.0, static_cast<double>(summary_.lines()));
        const double from = labels_.first_time;
        const double to = from + line_time * lines;
        const Axis axis = time_axis(from, to, static_cast<int>(plot_height_ / 64));
        for (const Axis::Tick& tick : axis.ticks) {
            const double y = top + (tick.value - from) / (to - from) * plot_height_;
            line(left - 1, y, -tick_length, 0);
            text(left - 10, y, 1, tick.label);
        }
        text_upwards(18, top + plot_height_ / 2,
                     "time in " + axis.unit + reduced("rows a line", summary_.rows_per_line()));
    }

    void draw_colour_bar() {
        const double x = left + plot_width + bar_gap;
        fill(x, top, bar_width, plot_height_, [&](std::size_t, std::size_t j) {
            return common::colour_of(1 - (static_cast<double>(j) + 0.5) / plot_height_);
        });
        draw_frame(x, bar_width);
        const Axis axis = decibel_axis(scale_.low, scale_.high, 8);
        for (const Axis::Tick& tick : axis.ticks) {
            const double share = (tick.value - scale_.low) / (scale_.high - scale_.low);
            const double y = top + (1 - share) * plot_height_;
            line(x + bar_width, y, tick_length, 0);
            text(x + bar_width + 10, y, 0, tick.label);
        }
        text_upwards(x + bar_width + 68, top + plot_height_ / 2, "power in dBFS a channel");
    }

    const Summary& summary_;
    const PictureLabels& labels_;
    Scale scale_;
    std::size_t line_height_;
    double plot_height_;
    Surface surface_;
    Context cairo_;
};

}  // namespace

void write_picture(common::OutputFile& file, const Summary& summary, const PictureLabels& labels) {
    Drawing drawing(summary, labels);
    drawing.draw();
    drawing.write(file);
}

}  // namespace waterfall
