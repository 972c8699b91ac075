#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rtl_tcp_player {

inline constexpr std::uint64_t sample_bytes = 2;

/// A file of I/Q samples of two bytes each, which is read from the front to the end, once or again
/// and again.
class SampleFile {
public:
    /// Throws common::Error if there is no such file, or no whole sample in it.
    SampleFile(const std::string& name, bool repeat);
    ~SampleFile();
    SampleFile(const SampleFile&) = delete;
    SampleFile& operator=(const SampleFile&) = delete;

    /// From the front again.
    void rewind() noexcept { position_ = 0; }
    /// Fills `into`; fewer bytes at the end of a file that is not repeated. Blocks. Throws
    /// common::Error if the file cannot be read, or has become shorter.
    [[nodiscard]] std::size_t read(std::span<std::byte> into);
    /// Goes on behind that many bytes. At the end of a file that is not repeated it stays there.
    void skip(std::uint64_t bytes) noexcept;

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

private:
    std::string name_;
    bool repeat_;
    int fd_;
    std::uint64_t size_ = 0;
    std::uint64_t position_ = 0;
};

}  // namespace rtl_tcp_player
