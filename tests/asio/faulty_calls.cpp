#include "support/faulty_calls.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>

#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

namespace support {

namespace {

std::atomic<int> faulty_call{-1};
std::atomic<int> faulty_error{0};  // 0: a short one
std::atomic<int> calls_left{0};

/// Whether this call is the one.
bool is_faulty(Call call) noexcept {
    return faulty_call.load() == static_cast<int>(call) && calls_left.fetch_sub(1) == 1;
}

/// The C library's function of that name.
template <class Function>
Function* real(const char* name) noexcept {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// Fails, or calls the function.
template <class Result, class Function>
Result call_or_fail(Call call, Function function) noexcept {
    if (is_faulty(call)) {
        errno = faulty_error.load();
        return -1;
    }
    return function();
}

/// The same where a call may also be a short one: it is told how much to move.
template <class Function>
ssize_t move_or_fail(Call call, std::size_t size, Function function) noexcept {
    if (is_faulty(call)) {
        if (faulty_error.load() != 0) {
            errno = faulty_error.load();
            return -1;
        }
        return function(size == 0 ? std::size_t{0} : std::size_t{1});
    }
    return function(size);
}

}  // namespace

FaultyCall::FaultyCall(Call call, int number, int error) {
    faulty_error = error;
    calls_left = number;
    faulty_call = static_cast<int>(call);
}

FaultyCall::~FaultyCall() { faulty_call = -1; }

// NOLINTNEXTLINE(readability-convert-member-functions-to-static)
bool FaultyCall::happened() const noexcept { return calls_left.load() <= 0; }

}  // namespace support

using support::Call;
using support::call_or_fail;
using support::move_or_fail;
using support::real;

extern "C" {

ssize_t send(int fd, const void* bytes, std::size_t size, int flags) {
    static auto* const next = real<decltype(send)>("send");
    return move_or_fail(Call::send, size,
                        [=](std::size_t count) { return next(fd, bytes, count, flags); });
}

ssize_t sendto(int fd, const void* bytes, std::size_t size, int flags, const sockaddr* address,
               socklen_t length) {
    static auto* const next = real<decltype(sendto)>("sendto");
    return call_or_fail<ssize_t>(Call::send,
                                 [=] { return next(fd, bytes, size, flags, address, length); });
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    static auto* const next = real<decltype(sendmsg)>("sendmsg");
    return call_or_fail<ssize_t>(Call::send, [=] { return next(fd, message, flags); });
}

ssize_t recv(int fd, void* bytes, std::size_t size, int flags) {
    static auto* const next = real<decltype(recv)>("recv");
    return move_or_fail(Call::receive, size,
                        [=](std::size_t count) { return next(fd, bytes, count, flags); });
}

ssize_t recvfrom(int fd, void* bytes, std::size_t size, int flags, sockaddr* address,
                 socklen_t* length) {
    static auto* const next = real<decltype(recvfrom)>("recvfrom");
    return call_or_fail<ssize_t>(Call::receive,
                                 [=] { return next(fd, bytes, size, flags, address, length); });
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
    static auto* const next = real<decltype(recvmsg)>("recvmsg");
    return call_or_fail<ssize_t>(Call::receive, [=] { return next(fd, message, flags); });
}

int connect(int fd, const sockaddr* address, socklen_t length) {
    static auto* const next = real<decltype(connect)>("connect");
    return call_or_fail<int>(Call::connect, [=] { return next(fd, address, length); });
}

int accept(int fd, sockaddr* address, socklen_t* length) {
    static auto* const next = real<decltype(accept)>("accept");
    return call_or_fail<int>(Call::accept, [=] { return next(fd, address, length); });
}

int socket(int domain, int type, int protocol) noexcept {
    static auto* const next = real<decltype(socket)>("socket");
    return call_or_fail<int>(Call::socket, [=] { return next(domain, type, protocol); });
}

int setsockopt(int fd, int level, int name, const void* value, socklen_t length) noexcept {
    static auto* const next = real<decltype(setsockopt)>("setsockopt");
    return call_or_fail<int>(Call::set_option,
                             [=] { return next(fd, level, name, value, length); });
}

int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
    static auto* const next = real<decltype(epoll_ctl)>("epoll_ctl");
    if (operation != EPOLL_CTL_ADD) {  // the others need no memory
        return next(epoll, operation, fd, event);
    }
    return call_or_fail<int>(Call::epoll_ctl, [=] { return next(epoll, operation, fd, event); });
}

int epoll_wait(int epoll, epoll_event* events, int count, int timeout) {
    static auto* const next = real<decltype(epoll_wait)>("epoll_wait");
    return call_or_fail<int>(Call::epoll_wait, [=] { return next(epoll, events, count, timeout); });
}
}
