#include "spectrum_writer.hpp"

#include "common/npy_header.hpp"

namespace waterfall {
namespace {

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

std::string SpectrumWriter::header() const { return common::npy_header("<f4", {rows_, channels_}); }

}  // namespace waterfall
