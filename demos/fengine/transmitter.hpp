#pragma once

#include "fengine/options.hpp"
#include "fengine/output_layout.hpp"
#include "spead/heap_cutter.hpp"

#include <juggle/asio.hpp>
#include <juggle/task.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

namespace fengine {

/// Sends blocks of spectra to the X-engines of a stream: one heap to each, of its channels.
class Transmitter {
public:
    struct Counts {
        std::uint64_t heaps = 0;
        std::uint64_t unsent = 0;  ///< heaps that the system has refused to send
    };

    /// Throws common::Error that names the stream and the destination. Blocks where a name has to
    /// be looked up.
    Transmitter(const Options& options, const StreamOptions& stream, const OutputLayout& layout,
                boost::asio::io_context& context);

    /// `co_await`: a block whose first spectrum has this timestamp. A heap that the system refuses
    /// is counted, and said on standard error if the one before was not refused.
    [[nodiscard]] juggle::Task<> send(std::uint64_t timestamp, std::span<const std::byte> block);
    /// `co_await`: tells the X-engines that nothing more will come.
    [[nodiscard]] juggle::Task<> send_stop();

    [[nodiscard]] const Counts& counts() const { return counts_; }
    [[nodiscard]] const juggle::asio::PacketSenderCounts& packets() const {
        return sender_.counts();
    }

private:
    using Endpoint = boost::asio::ip::udp::endpoint;

    [[nodiscard]] juggle::Task<bool> send_heap(const Endpoint& to,
                                               std::span<const juggle::asio::PacketParts> packets);

    std::string name_;
    std::uint64_t antenna_;
    OutputLayout layout_;
    std::vector<Endpoint> to_;
    boost::asio::ip::udp::socket socket_;
    juggle::asio::PacketSender<> sender_;
    spead::HeapCutter cutter_;
    std::uint64_t next_heap_ = 1;
    bool is_refused_ = false;
    Counts counts_;
};

}  // namespace fengine
