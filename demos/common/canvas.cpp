#include "common/canvas.hpp"

#include "common/write_png.hpp"

#include <cmath>

namespace common {
namespace {

using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

void choose_font(cairo_t* cairo, double size) {
    cairo_select_font_face(cairo, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, size);
}

void ink(cairo_t* cairo, double grey) { cairo_set_source_rgb(cairo, grey, grey, grey); }

}  // namespace

Canvas::Canvas(int width, int height)
    : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height),
               &cairo_surface_destroy),
      cairo_(cairo_create(surface_.get()), &cairo_destroy) {
    choose_font(cairo_.get(), label_size);
    ink(cairo_.get(), 1);
    cairo_paint(cairo_.get());
    ink(cairo_.get(), 0.1);
}

void Canvas::text(double x, double y, double anchor, const std::string& words) {
    cairo_text_extents_t extents;
    cairo_text_extents(cairo_.get(), words.c_str(), &extents);
    cairo_move_to(cairo_.get(), x - anchor * extents.x_advance, y + label_size * 0.35);
    cairo_show_text(cairo_.get(), words.c_str());
}

void Canvas::text_upwards(double x, double y, const std::string& words) {
    cairo_save(cairo_.get());
    cairo_translate(cairo_.get(), x, y);
    cairo_rotate(cairo_.get(), -std::acos(0.0));
    text(0, 0, 0.5, words);
    cairo_restore(cairo_.get());
}

/// Nothing if the text is not UTF-8, as the name of a file may be. A context of its own answers,
/// for cairo draws nothing any more after such a text.
std::optional<double> Canvas::title_width(const std::string& words) const {
    const Context trial(cairo_create(surface_.get()), &cairo_destroy);
    choose_font(trial.get(), title_size);
    cairo_text_extents_t extents{};
    cairo_text_extents(trial.get(), words.c_str(), &extents);
    if (cairo_status(trial.get()) != CAIRO_STATUS_SUCCESS) {
        return std::nullopt;
    }
    return extents.x_advance;
}

std::string Canvas::fitting(std::string words, double width) const {
    if (title_width(words).value_or(width + 1) <= width) {
        return words;
    }
    for (char& letter : words) {
        if (letter < ' ' || letter > '~') {
            letter = '?';
        }
    }
    while (title_width(words).value_or(0) > width) {
        words.replace(words.size() - 4, 4, "...");
    }
    return words;
}

void Canvas::line(double x, double y, double dx, double dy) {
    // Lines one dot wide are sharp in the middle of a dot.
    cairo_move_to(cairo_.get(), std::floor(x) + 0.5, std::floor(y) + 0.5);
    cairo_rel_line_to(cairo_.get(), dx, dy);
    cairo_set_line_width(cairo_.get(), 1);
    cairo_stroke(cairo_.get());
}

void Canvas::frame(double x, double y, double width, double height) {
    cairo_rectangle(cairo_.get(), x - 0.5, y - 0.5, width + 1, height + 1);
    cairo_set_line_width(cairo_.get(), 1);
    cairo_stroke(cairo_.get());
}

void Canvas::write(OutputFile& file) { write_png(file, surface_.get()); }

}  // namespace common
