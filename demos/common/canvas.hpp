#pragma once

#include "common/output_file.hpp"

#include <cairo.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace common {

/// A white picture to draw on, in dots; letters and lines are dark.
class Canvas {
public:
    static constexpr double label_size = 13;
    static constexpr double title_size = 16;

    Canvas(int width, int height);

    /// Of the letters from now on; at first `label_size`.
    void set_letter_size(double size) { cairo_set_font_size(cairo_.get(), size); }

    /// `anchor`: the share of the text that lies left of x. y is the middle of the line.
    void text(double x, double y, double anchor, const std::string& words);
    void text_upwards(double x, double y, const std::string& words);
    /// The text, or what of it can be drawn as a title in this width.
    [[nodiscard]] std::string fitting(std::string words, double width) const;

    void line(double x, double y, double dx, double dy);
    /// Around a rectangle.
    void frame(double x, double y, double width, double height);

    /// Fills a rectangle, each dot with 0xRRGGBB of its place in it.
    template <class Colour>
    void fill(double x, double y, double width, double height, Colour colour) {
        cairo_surface_flush(surface_.get());
        unsigned char* const data = cairo_image_surface_get_data(surface_.get());
        const auto stride =
            static_cast<std::size_t>(cairo_image_surface_get_stride(surface_.get()));
        for (std::size_t j = 0; j < static_cast<std::size_t>(height); ++j) {
            unsigned char* const start = data + (static_cast<std::size_t>(y) + j) * stride;
            auto* const dots =
                reinterpret_cast<std::uint32_t*>(start) + static_cast<std::size_t>(x);
            for (std::size_t i = 0; i < static_cast<std::size_t>(width); ++i) {
                dots[i] = colour(i, j);
            }
        }
        cairo_surface_mark_dirty(surface_.get());
    }

    /// Appends the picture to `file` as PNG. Throws Error if the file cannot be written.
    void write(OutputFile& file);

private:
    [[nodiscard]] std::optional<double> title_width(const std::string& words) const;

    std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface_;
    std::unique_ptr<cairo_t, decltype(&cairo_destroy)> cairo_;
};

}  // namespace common
