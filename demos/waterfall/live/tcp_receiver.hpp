#pragma once

#include "live/receiver.hpp"
#include "options.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace waterfall {

/// Samples by a connection to a server: an `rtl_tcp` server, which is told what to receive, or one
/// that sends nothing but samples.
class TcpReceiver final : public Receiver {
public:
    /// Of `options.rtl_tcp` or `options.tcp`.
    TcpReceiver(boost::asio::io_context& context, const Options& options);

    [[nodiscard]] juggle::Task<> receive(SampleRing& ring) override;
    [[nodiscard]] std::string name() const override;
    [[nodiscard]] bool connected() const override { return connected_; }

private:
    [[nodiscard]] juggle::Task<boost::asio::ip::tcp::socket> connect();
    [[nodiscard]] juggle::Task<> begin_rtl_tcp(boost::asio::ip::tcp::socket& socket);

    boost::asio::io_context& context_;
    const Options& options_;
    const common::HostAndPort& place_;
    bool connected_ = false;
    std::vector<std::byte> block_;
};

}  // namespace waterfall
