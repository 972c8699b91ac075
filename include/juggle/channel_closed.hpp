#pragma once

#include <stdexcept>

namespace juggle {

/// Thrown by a push into a channel that is closed, or is closed while the push waits: the element
/// was not taken.
class ChannelClosed : public std::runtime_error {
public:
    ChannelClosed() : std::runtime_error{"juggle: the channel is closed"} {}
};

}  // namespace juggle
