// In place of the system calls by which the program writes a file or looks after its folder.

#include "probe.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

// NOLINTBEGIN(bugprone-reserved-identifier): the names that the linker gives
extern "C" {
int __real_open(const char* name, int flags, ...);
int __real_flock(int fd, int operation);
int __real_ftruncate(int fd, off_t size);
ssize_t __real_pwrite(int fd, const void* from, size_t size, off_t offset);
int __real_fsync(int fd);
int __real_fcntl(int fd, int command, ...);
int __real_close(int fd);
int __real_rename(const char* from, const char* to);
int __real_mkdir(const char* name, mode_t mode);

int __wrap_open(const char* name, int flags, ...);
int __wrap_flock(int fd, int operation);
int __wrap_ftruncate(int fd, off_t size);
ssize_t __wrap_pwrite(int fd, const void* from, size_t size, off_t offset);
int __wrap_fsync(int fd);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_close(int fd);
int __wrap_rename(const char* from, const char* to);
int __wrap_mkdir(const char* name, mode_t mode);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace probe {
namespace {

std::atomic<std::uint64_t> calls = 0;

// Descriptors of files that are written, and of their folders.
std::array<std::atomic<bool>, 4096> output{};

bool is_output(int fd) noexcept {
    return fd >= 0 && static_cast<std::size_t>(fd) < output.size() &&
           output[static_cast<std::size_t>(fd)];
}

int noted(int fd, bool is) noexcept {
    if (fd >= 0 && static_cast<std::size_t>(fd) < output.size()) {
        output[static_cast<std::size_t>(fd)] = is;
    }
    return fd;
}

enum class Fate { done, failed, halved };

Fate next(const char* call) noexcept {
    static const Wish file = wish("file");
    static const Wish half = wish("short");
    const std::uint64_t number = ++calls;
    log("%s %ju\n", call, static_cast<std::uintmax_t>(number));
    if (number == file.which) {
        log("failed_file_call %ju\n", static_cast<std::uintmax_t>(number));
        errno = file.number;
        return Fate::failed;
    }
    return number == half.which ? Fate::halved : Fate::done;
}

bool fails(const char* call) noexcept { return next(call) == Fate::failed; }

}  // namespace

std::uint64_t file_calls() noexcept { return calls; }

}  // namespace probe

int __wrap_open(const char* name, int flags, ...) {
    std::va_list arguments;
    va_start(arguments, flags);
    const int mode = (flags & O_CREAT) != 0 ? va_arg(arguments, int) : 0;
    va_end(arguments);
    const bool is_output =
        std::string_view{name}.ends_with(".part") || (flags & O_DIRECTORY) == O_DIRECTORY;
    if (is_output && probe::fails("open")) {
        return -1;
    }
    return probe::noted(__real_open(name, flags, mode), is_output);
}

int __wrap_flock(int fd, int operation) {
    return probe::is_output(fd) && probe::fails("flock") ? -1 : __real_flock(fd, operation);
}

int __wrap_ftruncate(int fd, off_t size) {
    return probe::is_output(fd) && probe::fails("ftruncate") ? -1 : __real_ftruncate(fd, size);
}

ssize_t __wrap_pwrite(int fd, const void* from, size_t size, off_t offset) {
    const probe::Fate fate = probe::is_output(fd) ? probe::next("pwrite") : probe::Fate::done;
    if (fate == probe::Fate::failed) {
        return -1;
    }
    return __real_pwrite(fd, from, fate == probe::Fate::halved ? (size + 1) / 2 : size, offset);
}

int __wrap_fsync(int fd) {
    return probe::is_output(fd) && probe::fails("fsync") ? -1 : __real_fsync(fd);
}

int __wrap_fcntl(int fd, int command, ...) {
    std::va_list arguments;
    va_start(arguments, command);
    const long argument = va_arg(arguments, long);
    va_end(arguments);
    if (!probe::is_output(fd)) {
        return __real_fcntl(fd, command, argument);
    }
    return probe::fails("fcntl") ? -1 : probe::noted(__real_fcntl(fd, command, argument), true);
}

// A descriptor is closed even if that fails.
int __wrap_close(int fd) {
    const bool failed = probe::is_output(fd) && probe::fails("close");
    const int why = errno;
    const int result = __real_close(probe::noted(fd, false));
    if (!failed) {
        return result;
    }
    errno = why;
    return -1;
}

int __wrap_rename(const char* from, const char* to) {
    return probe::fails("rename") ? -1 : __real_rename(from, to);
}

int __wrap_mkdir(const char* name, mode_t mode) {
    return probe::fails("mkdir") ? -1 : __real_mkdir(name, mode);
}
