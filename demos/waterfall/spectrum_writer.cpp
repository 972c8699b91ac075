#include "spectrum_writer.hpp"

namespace waterfall {
namespace {

// The header's length must be a multiple of 64; 128 bytes have room for any 64-bit shape.
constexpr std::size_t header_size = 128;

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

}  // namespace

SpectrumWriter::SpectrumWriter(const std::string& name, std::size_t channels)
    : channels_(channels), file_(name) {
    file_.append(bytes_of(header()));
}

void SpectrumWriter::append(std::span<const float> rows) {
    file_.append(std::as_bytes(rows));
    rows_ += rows.size() / channels_;
}

void SpectrumWriter::commit() {
    file_.overwrite(0, bytes_of(header()));
    file_.commit_to_disk();
}

// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
std::string SpectrumWriter::header() const {
    constexpr std::size_t preamble_size = 10;
    constexpr std::size_t dictionary_size = header_size - preamble_size;
    std::string text("\x93NUMPY\x01\x00", 8);
    text += static_cast<char>(dictionary_size % 256);
    text += static_cast<char>(dictionary_size / 256);
    text += "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows_) + ", " +
            std::to_string(channels_) + "), }";
    text.resize(header_size - 1, ' ');
    text += '\n';
    return text;
}

}  // namespace waterfall
