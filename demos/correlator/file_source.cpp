#include "correlator/file_source.hpp"

#include "common/error.hpp"
#include "common/system_error.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace correlator {

FileSource::FileSource(const std::vector<std::string>& names, std::size_t all, Share antennas)
    : all_{all}, antennas_{antennas}, together_{names.size() == 1 && all != 1} {
    try {
        if (together_) {
            open(names.front());
            samples_ = files_.front().size / (2 * all);
            return;
        }
        for (std::size_t i = 0; i < antennas.count; ++i) {
            open(names[antennas.first + i]);
            samples_ = std::min(samples_, files_.back().size / 2);
        }
    } catch (...) {
        for (const File& file : files_) {
            ::close(file.fd);
        }
        throw;
    }
}

FileSource::~FileSource() {
    for (const File& file : files_) {
        ::close(file.fd);
    }
}

void FileSource::open(const std::string& name) {
    files_.reserve(files_.size() + 1);
    const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        throw common::SystemError("--input: cannot open '" + name + '\'');
    }
    files_.push_back({.name = name, .fd = fd, .size = 0});
    struct stat about{};
    if (::fstat(fd, &about) != 0) {
        throw common::SystemError("--input: '" + name + '\'');
    }
    if (!S_ISREG(about.st_mode)) {
        throw common::Error("--input: '" + name + "' is not a file");
    }
    files_.back().size = static_cast<std::uint64_t>(about.st_size);
}

void FileSource::read_at(const File& file, std::uint64_t offset, std::span<std::byte> into) {
    while (!into.empty()) {
        const ssize_t count =
            ::pread(file.fd, into.data(), into.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            throw common::SystemError("--input: cannot read '" + file.name + '\'');
        }
        if (count == 0) {
            throw common::Error("--input: '" + file.name + "' has become shorter");
        }
        into = into.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

void FileSource::read(std::uint64_t first, std::span<std::byte> into) {
    if (antennas_.count == 0) {
        return;
    }
    if (together_) {
        read_together(first, into);
        return;
    }
    const std::size_t pitch = into.size() / antennas_.count;
    for (std::size_t i = 0; i < antennas_.count; ++i) {
        read_at(files_[i], 2 * first, into.subspan(i * pitch, pitch));
    }
}

void FileSource::read_together(std::uint64_t first, std::span<std::byte> into) {
    constexpr std::size_t block_samples = 4096;
    const std::size_t pitch = into.size() / antennas_.count / 2;
    block_.resize(block_samples * all_ * 2);
    for (std::size_t at = 0; at < pitch; at += block_samples) {
        const std::size_t count = std::min(block_samples, pitch - at);
        read_at(files_.front(), (first + at) * all_ * 2, std::span(block_).first(count * all_ * 2));
        for (std::size_t i = 0; i < antennas_.count; ++i) {
            const std::byte* from = block_.data() + 2 * (antennas_.first + i);
            std::byte* to = into.data() + 2 * (i * pitch + at);
            for (std::size_t k = 0; k < count; ++k, from += 2 * all_, to += 2) {
                to[0] = from[0];
                to[1] = from[1];
            }
        }
    }
}

}  // namespace correlator
