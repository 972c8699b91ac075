#include "common/write_png.hpp"

#include "common/error.hpp"

#include <exception>
#include <span>

namespace common {
namespace {

/// Exceptions must not pass through C.
struct WriteState {
    OutputFile& file;
    std::exception_ptr problem;
};

cairo_status_t append(void* closure, const unsigned char* data, unsigned int size) {
    auto& state = *static_cast<WriteState*>(closure);
    try {
        state.file.append(std::as_bytes(std::span(data, size)));
        return CAIRO_STATUS_SUCCESS;
    } catch (...) {
        state.problem = std::current_exception();
        return CAIRO_STATUS_WRITE_ERROR;
    }
}

}  // namespace

void write_png(OutputFile& file, cairo_surface_t* picture) {
    WriteState state{.file = file, .problem = nullptr};
    const cairo_status_t status = cairo_surface_write_to_png_stream(picture, &append, &state);
    if (state.problem) {
        std::rethrow_exception(state.problem);
    }
    if (status != CAIRO_STATUS_SUCCESS) {
        throw Error("cannot draw '" + file.name() + "': " + cairo_status_to_string(status));
    }
}

}  // namespace common
