#include "correlator/recorder.hpp"

#include "common/npy_header.hpp"
#include "correlator/layout.hpp"
#include "correlator/picture.hpp"

#include <string>

namespace correlator {
namespace {

std::string named(const std::string& prefix, const char* extension) {
    common::make_folder_of(prefix);
    return prefix + extension;
}

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

}  // namespace

Recorder::Recorder(const Options& options)
    : options_{options}, baselines_{options.antennas * (options.antennas + 1) / 2},
      visibilities_{named(options.output, ".npy")}, picture_{named(options.output, ".png")},
      fringes_{options.channels} {
    visibilities_.append(bytes_of(header()));
}

std::string Recorder::header() const {
    return common::npy_header("<c16", {rows_, options_.channels, baselines_});
}

void Recorder::append(std::span<const std::int64_t> row) {
    row_.resize(row.size() / 2);
    for (std::size_t i = 0; i < row_.size(); ++i) {
        row_[i] = {static_cast<double>(row[2 * i]), static_cast<double>(row[2 * i + 1])};
    }
    visibilities_.append(std::as_bytes(std::span(row_)));
    fringes_.append(row_, baselines_, options_.first, options_.second);
    ++rows_;
}

void Recorder::finish() {
    // The numbers first: they are safe then, whatever becomes of the picture.
    visibilities_.overwrite(0, bytes_of(header()));
    visibilities_.commit_to_disk();
    write_picture(picture_, fringes_, options_);
    picture_.commit_to_disk();
}

}  // namespace correlator
