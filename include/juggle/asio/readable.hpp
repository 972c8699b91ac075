#pragma once

#include <juggle/asio/detail/descriptors.hpp>
#include <juggle/asio/detail/net.hpp>
#include <juggle/task.hpp>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR {

/// `co_await readable(fd)` waits until a file descriptor can be read without blocking, or its other
/// end is gone: for libraries that do their own reading, such as libusb, ALSA or ZeroMQ. The
/// executor must sleep in a `Loop`.
///
/// The descriptor stays its owner's: nothing is read, nothing closed, and between awaits nothing is
/// known of it. Whether it blocks stays as it is. It must not be closed meanwhile. Several tasks
/// may wait for the same one, also for both directions.
///
/// `std::logic_error` if the executor sleeps elsewhere. `system_error`, with the number, if it is
/// none (`EBADF`), or of a kind that epoll does not take, such as a regular file's.
[[nodiscard]] inline Task<> readable(int fd) {
    return detail::wait_for_descriptor("readable", fd,
                                       net::posix::descriptor_base::wait_type::wait_read);
}

/// The same for writing.
[[nodiscard]] inline Task<> writable(int fd) {
    return detail::wait_for_descriptor("writable", fd,
                                       net::posix::descriptor_base::wait_type::wait_write);
}

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR
