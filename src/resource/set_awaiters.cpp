#include <juggle/detail/resource/set_awaiters.hpp>

#include <stdexcept>

namespace juggle::detail {

void throw_set_moved() {
    throw std::logic_error{
        "juggle: an allocation was moved while another task waits for the set that it is in"};
}

}  // namespace juggle::detail
