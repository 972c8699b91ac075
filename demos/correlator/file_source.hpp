#pragma once

#include "correlator/sample_source.hpp"
#include "correlator/share.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace correlator {

/// Samples from files of int8: one an antenna, or one in which the samples of all antennas stand
/// side by side, int8[sample][antenna][real, imaginary].
class FileSource final : public SampleSource {
public:
    /// `names`: of all antennas, or one for `all` antennas. Only those of the own antennas are
    /// opened. Throws common::Error that names the file.
    FileSource(const std::vector<std::string>& names, std::size_t all, Share antennas);
    ~FileSource() override;

    [[nodiscard]] std::uint64_t samples() const override { return samples_; }
    void read(std::uint64_t first, std::span<std::byte> into) override;

private:
    struct File {
        std::string name;
        int fd;
        std::uint64_t size;
    };
    void open(const std::string& name);
    static void read_at(const File& file, std::uint64_t offset, std::span<std::byte> into);
    void read_together(std::uint64_t first, std::span<std::byte> into);

    std::size_t all_;
    Share antennas_;
    std::vector<File> files_;
    bool together_;
    std::uint64_t samples_ = no_end;
    std::vector<std::byte> block_;  // of samples of all antennas
};

}  // namespace correlator
