#include "sample_source.hpp"

#include "error.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "scene.hpp"

#include <juggle/offload.hpp>

#include <cmath>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace waterfall {
namespace {

/// A file, a pipe or standard input.
class FileSource final : public BlockingSource {
public:
    FileSource(const std::string& path, SampleFormat format, const Interrupt& interrupt)
        : name_(path == "-" ? "standard input" : path), sample_bytes_(bytes_per_sample(format)),
          format_(format), interrupt_(interrupt),
          fd_(path == "-" ? STDIN_FILENO : open_for_reading(path)) {
        try {
            check_file();
        } catch (...) {
            close_file();
            throw;
        }
    }
    ~FileSource() override { close_file(); }
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;

    std::size_t read_now(std::span<std::byte> into) override {
        std::size_t filled = 0;
        while (filled < into.size()) {
            if (!wait_until_readable()) {
                return filled - filled % sample_bytes_;
            }
            const ssize_t got = ::read(fd_, into.data() + filled, into.size() - filled);
            if (got < 0) {
                if (errno == EINTR || errno == EAGAIN) {
                    continue;
                }
                throw SystemError("--input: cannot read " + name_);
            }
            if (got == 0) {
                check_whole(filled);
                break;
            }
            filled += static_cast<std::size_t>(got);
        }
        return filled;
    }

    std::string name() const override { return name_; }

private:
    static int open_for_reading(const std::string& path) {
        // Non-blocking, so that a named pipe without a writer cannot hold up Ctrl-C in open().
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) {
            throw SystemError("--input: cannot open '" + path + '\'');
        }
        return fd;
    }

    void close_file() {
        if (fd_ != STDIN_FILENO) {
            ::close(fd_);
        }
    }

    /// What can be known before the first sample is read should not fail after the last.
    void check_file() {
        struct stat status = {};
        if (::fstat(fd_, &status) != 0) {
            throw SystemError("--input: cannot read " + name_);
        }
        if (S_ISDIR(status.st_mode)) {
            throw Error("--input: '" + name_ + "' is a directory");
        }
        if (!S_ISREG(status.st_mode)) {
            return;
        }
        const off_t position = ::lseek(fd_, 0, SEEK_CUR);
        if (position >= 0 && status.st_size > position) {
            check_whole(static_cast<std::size_t>(status.st_size - position));
        }
    }

    void check_whole(std::size_t bytes) const {
        const std::size_t left_over = bytes % sample_bytes_;
        if (left_over != 0) {
            throw Error("--input: " + name_ + " ends with an incomplete sample (" +
                        std::to_string(left_over) + " of the " + std::to_string(sample_bytes_) +
                        " bytes of a " + std::string(name_of(format_)) + " sample)");
        }
    }

    /// False: the user wants to end.
    bool wait_until_readable() {
        pollfd waits[] = {{.fd = fd_, .events = POLLIN, .revents = 0},
                          {.fd = interrupt_.fd(), .events = POLLIN, .revents = 0}};
        while (::poll(waits, 2, -1) < 0) {
            if (errno != EINTR) {
                throw SystemError("poll");
            }
        }
        return !interrupt_.requested();
    }

    std::string name_;
    std::size_t sample_bytes_;
    SampleFormat format_;
    const Interrupt& interrupt_;
    int fd_;
};

/// The built-in scene, quantized to the format asked for.
class GeneratedSource final : public BlockingSource {
public:
    GeneratedSource(double seconds, const Options& options, const Interrupt& interrupt)
        : scene_(static_cast<std::uint64_t>(std::llround(seconds * options.sample_rate)),
                 options.seed),
          format_(options.format), interrupt_(interrupt) {}

    std::size_t read_now(std::span<std::byte> into) override {
        const std::size_t sample_bytes = bytes_per_sample(format_);
        std::size_t filled = 0;
        while (filled < into.size() && !interrupt_.requested()) {
            const std::span<const std::complex<float>> samples =
                scene_.next((into.size() - filled) / sample_bytes);
            if (samples.empty()) {
                break;
            }
            quantize(samples, format_, into.data() + filled);
            filled += samples.size() * sample_bytes;
        }
        return filled;
    }

    std::string name() const override { return "generated"; }

private:
    Scene scene_;
    SampleFormat format_;
    const Interrupt& interrupt_;
};

}  // namespace

juggle::Task<std::size_t> BlockingSource::read(std::span<std::byte> into) {
    co_return co_await juggle::offload([&] { return read_now(into); });
}

std::unique_ptr<BlockingSource> open_source(const Options& options, const Interrupt& interrupt) {
    if (options.generate) {
        return std::make_unique<GeneratedSource>(*options.generate, options, interrupt);
    }
    return std::make_unique<FileSource>(options.input, options.format, interrupt);
}

}  // namespace waterfall
