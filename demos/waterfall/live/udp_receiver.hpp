#pragma once

#include "live/receiver.hpp"
#include "options.hpp"

#include <juggle/asio/packet_receiver.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

namespace waterfall {

/// Samples in datagrams, from whoever sends them. Each begins with a whole sample; bytes of an
/// incomplete one at its end are ignored.
class UdpReceiver final : public Receiver {
public:
    /// Listens at once, to `options.udp`. Throws Error that names the option.
    UdpReceiver(boost::asio::io_context& context, const Options& options);

    [[nodiscard]] juggle::Task<> receive(SampleRing& ring) override;
    [[nodiscard]] std::string name() const override;
    [[nodiscard]] bool connected() const override { return true; }
    /// By the kernel's count of datagrams, each taken to be as long as the one that came next.
    [[nodiscard]] std::uint64_t lost() const override { return lost_; }

private:
    const Options& options_;
    std::size_t sample_bytes_;
    boost::asio::ip::udp::socket socket_;
    juggle::asio::PacketReceiver<boost::asio::ip::udp::socket> receiver_;
    std::uint64_t dropped_ = 0;  // datagrams, by the kernel
    std::uint64_t lost_ = 0;
};

}  // namespace waterfall
