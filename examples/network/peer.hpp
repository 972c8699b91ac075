#pragma once

#include "chunk.hpp"

#include <cstdint>
#include <vector>

#include <asio.hpp>

namespace network {

/// The other end, as threads of its own that block: sends chunks, and looks at what comes back.
class Peer {
public:
    explicit Peer(int chunks) : chunks_{chunks} {}

    /// Over TCP, to there.
    void talk_to(const asio::ip::tcp::endpoint& where);

    /// Over UDP, in packets: some come twice, some late, and some not at all. `socket` is connected
    /// to the program's. Goes on until all has come back, or what comes has ended.
    void talk_by(asio::ip::udp::socket& socket);

    /// How many chunks have come back as they should.
    [[nodiscard]] int right() const noexcept { return right_; }
    [[nodiscard]] int wrong() const noexcept { return wrong_; }
    /// Of packets: how many it left out on purpose.
    [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }

private:
    void check(const std::vector<float>& samples, std::uint64_t first, std::size_t count);

    int chunks_;
    int right_ = 0;
    int wrong_ = 0;
    std::uint64_t left_out_ = 0;
};

}  // namespace network
