#include "frame_writer.hpp"

#include "common/colour_map.hpp"
#include "common/error.hpp"
#include "common/output_file.hpp"
#include "common/text_stream.hpp"
#include "common/write_png.hpp"

#include <cairo.h>

#include <iomanip>
#include <memory>
#include <sstream>
#include <utility>

namespace reaction_diffusion {
namespace {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;

constexpr double brightest = 0.35;  // hardly any pattern has more v in a cell

Surface draw(std::span<const float> state, std::size_t size, std::size_t channels) {
    Surface surface{cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(size),
                                               static_cast<int>(size)),
                    &cairo_surface_destroy};
    const cairo_status_t status = cairo_surface_status(surface.get());
    if (status != CAIRO_STATUS_SUCCESS) {
        throw common::Error(std::string{"cannot draw: "} + cairo_status_to_string(status));
    }
    cairo_surface_flush(surface.get());
    unsigned char* const data = cairo_image_surface_get_data(surface.get());
    const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface.get()));
    for (std::size_t y = 0; y < size; ++y) {
        auto* const dots = reinterpret_cast<std::uint32_t*>(data + y * stride);
        for (std::size_t x = 0; x < size; ++x) {
            const auto v = static_cast<double>(state[(y * size + x) * channels + 1]);
            dots[x] = common::colour_of(v / brightest);
        }
    }
    cairo_surface_mark_dirty(surface.get());
    return surface;
}

std::string file_name(const std::string& prefix, std::uint64_t frame) {
    std::ostringstream name = common::text_stream();
    name << prefix << '-' << std::setw(5) << std::setfill('0') << frame << ".png";
    return name.str();
}

}  // namespace

FrameWriter::FrameWriter(std::optional<std::string> prefix, std::size_t size, std::size_t channels)
    : prefix_{std::move(prefix)}, size_{size}, channels_{channels} {
    if (prefix_) {
        common::make_folder_of(*prefix_);
        const common::OutputFile trial{file_name(*prefix_, 0)};  // leaves nothing behind
    }
}

void FrameWriter::write(std::uint64_t frame, std::span<const float> state) const {
    if (!prefix_) {
        return;
    }
    const Surface surface = draw(state, size_, channels_);
    common::OutputFile file{file_name(*prefix_, frame)};
    common::write_png(file, surface.get());
    file.commit();
}

}  // namespace reaction_diffusion
