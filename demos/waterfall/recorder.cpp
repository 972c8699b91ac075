#include "recorder.hpp"

#include "common/text_stream.hpp"

#include <filesystem>
#include <sstream>

namespace waterfall {
namespace {

std::string subtitle(const Options& options) {
    const double width = options.sample_rate / static_cast<double>(options.channels);
    const double row_time = static_cast<double>(options.integrate) / width;
    std::ostringstream text = common::text_stream();
    text << options.channels << " channels of " << width << " Hz, " << options.taps << " taps ("
         << (options.window == Window::hann ? "Hann" : "Hamming") << "), rows of "
         << options.integrate << (options.integrate == 1 ? " spectrum = " : " spectra = ")
         << row_time * 1e3 << " ms";
    return text.str();
}

PictureLabels labels_for(const Options& options, const std::string& source_name) {
    const auto channels = static_cast<double>(options.channels);
    // A spectrum belongs to the middle of the samples that it is made of.
    const double lead = channels * static_cast<double>(options.taps - 1) / 2;
    return {.title = std::filesystem::path(source_name).filename().string(),
            .subtitle = subtitle(options),
            .centre = options.centre,
            .sample_rate = options.sample_rate,
            .first_time = lead / options.sample_rate,
            .row_time = channels * static_cast<double>(options.integrate) / options.sample_rate,
            .db_min = options.db_min,
            .db_max = options.db_max};
}

std::string named(const std::string& prefix, const char* extension) {
    common::make_folder_of(prefix);
    return prefix + extension;
}

}  // namespace

Recorder::Recorder(const Options& options, const std::string& source_name)
    : spectra_(named(options.output, ".npy"), options.channels),
      picture_(named(options.output, ".png")), summary_(options.channels, options.reduction),
      labels_(labels_for(options, source_name)) {}

void Recorder::append(std::span<const float> rows) {
    spectra_.append(rows);
    summary_.append(rows);
}

void Recorder::finish() {
    // The spectra first: they are safe then, whatever becomes of the picture.
    spectra_.commit();
    write_picture(picture_, summary_, labels_);
    picture_.commit_to_disk();
}

}  // namespace waterfall
