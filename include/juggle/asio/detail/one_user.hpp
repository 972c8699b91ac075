#pragma once

#include <juggle/asio/detail/net.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR::detail {

/// While it lives, a task is using something that is not for two of them at a time: the second gets
/// `std::logic_error`.
class OneUser {
public:
    OneUser(bool& busy, const char* name) : busy_{busy} {
        if (busy) {
            throw std::logic_error{"juggle: " + std::string{name} + ": another task is using it"};
        }
        busy = true;
    }
    ~OneUser() { busy_ = false; }
    OneUser(const OneUser&) = delete;
    OneUser& operator=(const OneUser&) = delete;

private:
    bool& busy_;
};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail
