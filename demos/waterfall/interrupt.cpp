#include "interrupt.hpp"

#include "error.hpp"

#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

namespace waterfall {

Interrupt::EventFd::EventFd() : fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd < 0) {
        throw SystemError("eventfd");
    }
}

Interrupt::EventFd::~EventFd() { ::close(fd); }

Interrupt::Interrupt() = default;

void Interrupt::listen() {
    signals_.emplace();
    on_signal_.emplace(signals_->token(), Request{*this});
}

void Interrupt::request() noexcept {
    requested_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd(), &one, sizeof one);
}

}  // namespace waterfall
