// System calls of the network that fail when a test wants it: the program's own functions of these
// names stand before the C library's.
#pragma once

#include <cstddef>

namespace support {

enum class Call { send, receive, connect, accept, socket, epoll_ctl, epoll_wait, set_option };

/// While it lives, the `number`-th such call (from 1), of any thread, ends as told.
class FaultyCall {
public:
    /// Fails with this errno, and does nothing.
    FaultyCall(Call call, int number, int error);
    /// Moves one byte, of a stream.
    static FaultyCall short_one(Call call, int number) { return {call, number, 0}; }
    ~FaultyCall();
    FaultyCall(const FaultyCall&) = delete;
    FaultyCall& operator=(const FaultyCall&) = delete;

    /// Whether there was such a call.
    [[nodiscard]] bool happened() const noexcept;
};

}  // namespace support
