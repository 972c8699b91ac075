#include "common/output_file.hpp"

#include "common/system_error.hpp"

#include <cstdio>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace common {
namespace {

/// Better now than after hours of input.
void check_replaceable(const std::string& name) {
    struct stat status = {};
    if (::stat(name.c_str(), &status) != 0) {
        return;
    }
    if (!S_ISREG(status.st_mode)) {
        throw Error("--output: '" + name + "' is there already and is not a file");
    }
    if (::access(name.c_str(), W_OK) != 0) {
        throw SystemError("--output: cannot write '" + name + '\'');
    }
}

int open_for_writing(const std::string& name, const std::string& part_name) {
    const int fd = ::open(part_name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        throw SystemError("--output: cannot write '" + name + '\'');
    }
    return fd;
}

}  // namespace

OutputFile::OutputFile(std::string name)
    : name_(std::move(name)), part_name_(name_ + ".part"),
      fd_((check_replaceable(name_), open_for_writing(name_, part_name_))) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : name_(std::move(other.name_)), part_name_(std::move(other.part_name_)),
      fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

OutputFile::~OutputFile() {
    if (fd_ < 0) {
        return;
    }
    ::close(fd_);
    ::unlink(part_name_.c_str());
}

void OutputFile::append(std::span<const std::byte> bytes) {
    write_at(size_, bytes);
    size_ += bytes.size();
}

void OutputFile::overwrite(std::uint64_t offset, std::span<const std::byte> bytes) {
    write_at(offset, bytes);
}

void OutputFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written =
            ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw SystemError("cannot write '" + name_ + '\'');
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

void OutputFile::commit() {
    // A network file system may report a full disk as late as here.
    const int fd = std::exchange(fd_, -1);
    const bool closed = ::close(fd) == 0;
    if (!closed || std::rename(part_name_.c_str(), name_.c_str()) != 0) {
        const int why = errno;
        ::unlink(part_name_.c_str());
        errno = why;
        throw SystemError("cannot write '" + name_ + '\'');
    }
}

void make_folder_of(const std::string& prefix) {
    const std::filesystem::path folder = std::filesystem::path(prefix).parent_path();
    if (folder.empty() || folder.is_absolute() || std::filesystem::exists(folder)) {
        return;
    }
    if (::mkdir(folder.c_str(), 0777) != 0) {
        throw SystemError("--output: cannot make the folder '" + folder.string() + '\'');
    }
}

}  // namespace common
