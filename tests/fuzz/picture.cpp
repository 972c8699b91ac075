// Rows of any values - not a number, infinite, huge, negative - under any labels that the options
// allow, down to a PNG file.

#include "waterfall/picture.hpp"

#include "input.hpp"
#include "scratch.hpp"

#include <cmath>
#include <string_view>

namespace {

using fuzz::require;

double finite(double value, double otherwise) { return std::isfinite(value) ? value : otherwise; }

waterfall::PictureLabels labels_from(fuzz::Input& input) {
    waterfall::PictureLabels labels{};
    const double rate = std::abs(finite(input.take<double>(), 2e6));
    labels.sample_rate = rate > 0 ? rate : 1;
    labels.centre = finite(input.take<double>(), 0);
    // What the recorder makes of whole numbers and the rate: not negative, maybe infinite.
    labels.first_time = static_cast<double>(input.between(0, 65'535)) / labels.sample_rate;
    labels.row_time = static_cast<double>(input.between(1, 65'535)) / labels.sample_rate;
    const std::size_t ends = input.between(0, 3);
    const double low = finite(input.take<double>(), -100);
    const double high = finite(input.take<double>(), 0);
    if ((ends & 1) != 0) {
        labels.db_min = low;
    }
    if ((ends & 2) != 0 && (!labels.db_min || low < high)) {
        labels.db_max = high;
    }
    labels.title = input.text_until('\n');
    labels.subtitle = "a subtitle";
    return labels;
}

void check_png(const std::vector<std::byte>& file) {
    constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";
    constexpr std::string_view end("IEND\xae\x42\x60\x82", 8);
    require(file.size() > signature.size() + end.size(), "a picture is written");
    require(std::memcmp(file.data(), signature.data(), signature.size()) == 0, "it is a PNG");
    require(std::memcmp(file.data() + file.size() - end.size(), end.data(), end.size()) == 0,
            "it is whole");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Scratch scratch;
    static const std::string name = scratch.file("picture.png");

    fuzz::Input input(data, size);
    const std::size_t channels = std::size_t{16} << input.between(0, 9);
    const auto reduction = static_cast<waterfall::Reduction>(input.between(0, 1));
    const std::size_t repeats = input.between(1, 64);
    const waterfall::PictureLabels labels = labels_from(input);

    waterfall::Summary summary(channels, reduction);
    std::vector<float> row(channels);
    while (!input.empty()) {
        for (std::size_t i = 0; i < std::min<std::size_t>(channels, 16); ++i) {
            row[i] = input.take<float>();
        }
        for (std::size_t i = 0; i < repeats; ++i) {  // enough of them join lines
            summary.append(row);
        }
    }
    common::OutputFile file(name);
    write_picture(file, summary, labels);
    file.commit();
    check_png(fuzz::content_of(name));
    return 0;
}
