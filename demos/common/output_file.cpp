#include "common/output_file.hpp"

#include "common/system_error.hpp"

#include <cstdio>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace common {
namespace {

/// Closes it, and leaves errno alone.
class Descriptor {
public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    ~Descriptor() {
        const int why = errno;
        if (fd_ >= 0) {
            ::close(fd_);
        }
        errno = why;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_;
};

/// The system unlocks it when the process ends, however it ends. Where a file system has no locks
/// things are as they were without.
void lock(int fd, const std::string& name) {
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        throw Error("--output: another run is writing '" + name + '\'');
    }
}

/// False: between opening and locking, whoever had locked it renamed or removed it.
bool is_still_called(int fd, const std::string& name) {
    struct stat opened = {};
    struct stat named = {};
    return ::fstat(fd, &opened) == 0 && ::lstat(name.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

int open_for_writing(const std::string& name, const std::string& part_name) {
    // Non-blocking, for a named pipe without a reader would have it wait.
    constexpr int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    while (true) {
        Descriptor part(::open(part_name.c_str(), flags, 0666));
        if (part.get() < 0) {
            throw SystemError("--output: cannot write '" + name + '\'');
        }
        lock(part.get(), name);
        if (!is_still_called(part.get(), part_name)) {
            continue;
        }
        if (::ftruncate(part.get(), 0) != 0) {
            const int why = errno;
            ::unlink(part_name.c_str());
            errno = why;
            throw SystemError("--output: cannot write '" + name + '\'');
        }
        return part.release();
    }
}

/// For what was renamed in it.
void sync_folder_of(const std::string& name) {
    const std::filesystem::path folder = std::filesystem::path(name).parent_path();
    const Descriptor fd(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) {
        return;  // one may write in folders that one may not read
    }
    if (::fsync(fd.get()) != 0 && errno != EINVAL) {
        throw SystemError("cannot write the folder of '" + name + '\'');
    }
}

}  // namespace

OutputFile::OutputFile(std::string name)
    : name_(std::move(name)), part_name_(name_ + ".part"),
      fd_((check_replaceable("--output", name_), open_for_writing(name_, part_name_))) {}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : name_(std::move(other.name_)), part_name_(std::move(other.part_name_)),
      fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

OutputFile::~OutputFile() {
    if (fd_ < 0) {
        return;
    }
    ::unlink(part_name_.c_str());  // while it is locked, so that it is no other's
    ::close(fd_);
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
    // A network file system may report a full disk as late as when it is closed. Another descriptor
    // keeps the lock until the part is nobody's any more.
    const int lock = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
    if (lock < 0 || ::close(std::exchange(fd_, lock)) != 0 ||
        std::rename(part_name_.c_str(), name_.c_str()) != 0) {
        throw SystemError("cannot write '" + name_ + '\'');
    }
    ::close(std::exchange(fd_, -1));
}

void OutputFile::commit_to_disk() {
    if (::fsync(fd_) != 0 && errno != EINVAL) {  // which means that there is no need to
        throw SystemError("cannot write '" + name_ + '\'');
    }
    commit();
    sync_folder_of(name_);
}

void check_replaceable(const std::string& option, const std::string& name) {
    struct stat status = {};
    if (::stat(name.c_str(), &status) != 0) {
        return;
    }
    if (!S_ISREG(status.st_mode)) {
        throw Error(option + ": '" + name + "' is there already and is not a file");
    }
    if (::access(name.c_str(), W_OK) != 0) {
        throw SystemError(option + ": cannot write '" + name + '\'');
    }
}

void make_folder_of(const std::string& prefix) {
    const std::filesystem::path folder = std::filesystem::path(prefix).parent_path();
    if (folder.empty() || folder.is_absolute() || std::filesystem::exists(folder)) {
        return;
    }
    if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {  // another run was faster
        throw SystemError("--output: cannot make the folder '" + folder.string() + '\'');
    }
}

}  // namespace common
