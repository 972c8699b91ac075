#pragma once

#include <juggle/asio/as_result.hpp>
#include <juggle/asio/detail/net.hpp>
#include <juggle/asio/loop.hpp>
#include <juggle/bridge/service.hpp>
#include <juggle/executor.hpp>
#include <juggle/task.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR::detail {

/// The descriptors of others that tasks of an executor wait for: epoll takes each of them but once,
/// so those who wait for the same one share it; nothing is known of it when nobody waits.
class Descriptors {
public:
    explicit Descriptors(Executor& executor) : loop_{Loop::of(executor)} {}

    struct Entry {
        explicit Entry(net::io_context& context) : descriptor{context} {}
        net::posix::stream_descriptor descriptor;
        int fd = -1;
        int uses = 0;
    };

    /// While it lives the descriptor is known to the io_context.
    class Use {
    public:
        explicit Use(Entry& entry) noexcept : entry_{entry} { ++entry_.uses; }
        ~Use() {
            if (--entry_.uses == 0) {
                (void)entry_.descriptor.release();
                entry_.fd = -1;
            }
        }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        [[nodiscard]] net::posix::stream_descriptor& descriptor() const noexcept {
            return entry_.descriptor;
        }

    private:
        Entry& entry_;
    };

    [[nodiscard]] Entry& entry(const char* function, int fd) {
        if (loop_ == nullptr) {
            throw std::logic_error{std::string{"juggle::asio::"} + function +
                                   ": the executor does not sleep in a juggle::asio::Loop; see "
                                   "ExecutorOptions::idle"};
        }
        auto found = std::ranges::find(entries_, fd, [](const auto& entry) { return entry->fd; });
        if (fd >= 0 && found != entries_.end()) {
            return **found;
        }
        found = std::ranges::find(entries_, 0, [](const auto& entry) { return entry->uses; });
        if (found == entries_.end()) {
            entries_.push_back(std::make_unique<Entry>(loop_->context()));
            found = std::prev(entries_.end());
        }
        Entry& free = **found;
        const int flags = ::fcntl(fd, F_GETFL);
        error_code error;
        if (flags == -1) {
            error = error_code{errno, net::error::get_system_category()};
        } else {
            (void)free.descriptor.assign(fd, error);
        }
        if (!error) {
            make_known_as_non_blocking(free.descriptor, flags, error);
        }
        if (error) {
            throw_error(error, function, fd);
        }
        free.fd = fd;
        return free;
    }

    [[noreturn]] static void throw_error(const error_code& error, const char* function, int fd) {
        throw system_error{error, std::string{"juggle::asio::"} + function + ": argument 'fd' is " +
                                      std::to_string(fd)};
    }

private:
    /// Asio wants it to be non-blocking, which its owner and who shares it need not: standard input
    /// and output may be one terminal. So it is so only until Asio has noted that. Nothing is read.
    static void make_known_as_non_blocking(net::posix::stream_descriptor& descriptor, int flags,
                                           error_code& error) {
        (void)descriptor.native_non_blocking(true, error);
        if (!error && (flags & O_NONBLOCK) == 0) {
            (void)::fcntl(descriptor.native_handle(), F_SETFL, flags);
        }
        if (error) {
            (void)descriptor.release();
        }
    }

    Loop* loop_;
    std::vector<std::unique_ptr<Entry>> entries_;
};

inline Task<> wait_for_descriptor(const char* function, int fd,
                                  net::posix::descriptor_base::wait_type type) {
    auto& descriptors = bridge::service<Descriptors>(*Executor::current());
    const Descriptors::Use use{descriptors.entry(function, fd)};
    const auto [error] = co_await use.descriptor().async_wait(type, as_result);
    if (error) {
        Descriptors::throw_error(error, function, fd);
    }
}

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail
