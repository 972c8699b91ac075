#pragma once

#include <juggle/detail/base/export.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI {

/// Thrown by a push into a channel that is closed, or is closed while the push waits: the element
/// was not taken.
class JUGGLE_EXCEPTION ChannelClosed : public std::runtime_error {
public:
    ChannelClosed() : std::runtime_error{"juggle: the channel is closed"} {}
    /// `channel` is what messages call it: its name in quotes, or where it was made.
    explicit ChannelClosed(const std::string& channel)
        : std::runtime_error{"juggle: channel " + channel + " is closed"} {}
};

}  // namespace juggle
