#include <juggle/bridge/turns_awaiter.hpp>
#include <juggle/detail/resource/set_awaiters.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

void throw_set_moved() {
    throw std::logic_error{
        "juggle: an allocation was moved while another task waits for the set that it is in"};
}

}  // namespace juggle::detail

namespace juggle::inline JUGGLE_ABI::bridge::detail {

void throw_same_ticket(const char* function) {
    throw std::invalid_argument{"juggle: " + std::string{function} +
                                ": one ticket was given twice"};
}

}  // namespace juggle::bridge::detail
