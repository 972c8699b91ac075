#include "sample_file.hpp"

#include "common/error.hpp"
#include "common/system_error.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rtl_tcp_player {
namespace {

int open_for_reading(const std::string& name) {
    const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        throw common::SystemError("--input: cannot open '" + name + '\'');
    }
    return fd;
}

}  // namespace

SampleFile::SampleFile(const std::string& name, bool repeat)
    : name_(name), repeat_(repeat), fd_(open_for_reading(name)) {
    struct stat status = {};
    if (::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode)) {
        size_ = static_cast<std::uint64_t>(status.st_size) / sample_bytes * sample_bytes;
    }
    if (size_ == 0) {
        ::close(fd_);
        throw common::Error("--input: '" + name + "' is not a file with a sample in it");
    }
}

SampleFile::~SampleFile() { ::close(fd_); }

std::size_t SampleFile::read(std::span<std::byte> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
        if (position_ == size_) {
            if (!repeat_) {
                break;
            }
            position_ = 0;
        }
        const auto count = static_cast<std::size_t>(
            std::min<std::uint64_t>(into.size() - filled, size_ - position_));
        const ssize_t got =
            ::pread(fd_, into.data() + filled, count, static_cast<off_t>(position_));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw common::SystemError("--input: cannot read '" + name_ + '\'');
        }
        if (got == 0) {
            throw common::Error("--input: '" + name_ + "' has become shorter");
        }
        filled += static_cast<std::size_t>(got);
        position_ += static_cast<std::uint64_t>(got);
    }
    return filled;
}

void SampleFile::skip(std::uint64_t bytes) noexcept {
    const std::uint64_t to = position_ + bytes;
    position_ = repeat_ ? to % size_ : std::min(to, size_);
}

}  // namespace rtl_tcp_player
