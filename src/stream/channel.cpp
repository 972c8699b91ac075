#include <juggle/channel_closed.hpp>
#include <juggle/detail/stream/channel_counts.hpp>

#include <stdexcept>
#include <string>

namespace juggle::detail {

void throw_channel_closed() { throw ChannelClosed{}; }

void throw_channel_too_large(std::size_t capacity) {
    throw std::invalid_argument{"juggle: Channel: argument 'capacity' is " +
                                std::to_string(capacity) + ", more than memory can hold"};
}

void throw_no_task_to_be_done() {
    throw std::logic_error{
        "juggle: Channel::task_done: called more often than elements were pushed"};
}

}  // namespace juggle::detail
