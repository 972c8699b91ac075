#pragma once

#include "live/sample_ring.hpp"

#include <juggle/task.hpp>

#include <cstdint>
#include <string>

namespace waterfall {

/// A kind of network input: where samples come from, and by which protocol.
class Receiver {
public:
    virtual ~Receiver() = default;

    /// Connects, if there is something to connect to, and puts what comes into the ring; returns
    /// when the other side has ended it. Throws boost::system::system_error, juggle::TimedOut for
    /// silence where there must be none, and Error for what is not what it should be.
    [[nodiscard]] virtual juggle::Task<> receive(SampleRing& ring) = 0;

    /// "--rtl-tcp: radio:1234", for messages.
    [[nodiscard]] virtual std::string name() const = 0;

    /// Whether it got as far as to wait for samples since `receive` was called.
    [[nodiscard]] virtual bool connected() const = 0;

    /// Samples that the system has received and had no room for.
    [[nodiscard]] virtual std::uint64_t lost() const { return 0; }
};

}  // namespace waterfall
