#pragma once

#include "common/output_file.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace waterfall {

/// Writes rows of float32 to a NumPy file (format 1.0) of shape [rows, channels] as they
/// come; the number of rows is put into the header at the end. All calls block.
class SpectrumWriter {
public:
    SpectrumWriter(const std::string& name, std::size_t channels);

    /// Whole rows, one behind the other.
    void append(std::span<const float> rows);

    /// Completes the header and lets the file appear under its name.
    void commit();

    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
    [[nodiscard]] const std::string& name() const noexcept { return file_.name(); }

private:
    [[nodiscard]] std::string header() const;

    std::size_t channels_;
    std::uint64_t rows_ = 0;
    common::OutputFile file_;
};

}  // namespace waterfall
