#pragma once

#include "fengine/input_chunk.hpp"
#include "fengine/input_window.hpp"
#include "fengine/options.hpp"
#include "gpu.hpp"

#include <juggle/asio.hpp>
#include <juggle/async_event.hpp>
#include <juggle/channel.hpp>
#include <juggle/clock.hpp>
#include <juggle/task.hpp>

#include <cstddef>
#include <deque>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

namespace fengine::ON_GPU {

/// Fills chunks from the network. The memory goes round: free memory from a ring, full chunks to a
/// channel. While there is no free memory nothing is read, and the system drops what its buffer has
/// no room for, and counts it.
class Receiver {
public:
    /// Listens from now on. Throws common::Error that names the option.
    Receiver(const Options& options, const InputLayout& layout, boost::asio::io_context& context,
             HostInputs& memory, juggle::Channel<InputChunk>& full);

    /// `co_await`: until `stop` is set; what has been received then, and what the system still has,
    /// goes on its way.
    [[nodiscard]] juggle::Task<> run(juggle::AsyncEvent& stop);

    /// Where it listens, with the port that the system has chosen.
    [[nodiscard]] common::HostAndPort place() const;
    [[nodiscard]] std::size_t receive_buffer() const { return packets_.receive_buffer(); }

    [[nodiscard]] const juggle::asio::PacketReceiverCounts& packets() const {
        return packets_.counts();
    }
    [[nodiscard]] const InputWindow::Counts& counts() const { return window_.counts(); }
    [[nodiscard]] const InputWindow::WindowCounts& window_counts() const {
        return window_.window_counts();
    }
    [[nodiscard]] std::uint64_t chunks() const { return chunks_; }
    [[nodiscard]] std::uint64_t missing() const { return missing_; }

private:
    [[nodiscard]] juggle::Task<bool> receive_within(juggle::Duration time,
                                                    juggle::AsyncEvent& stop);
    [[nodiscard]] juggle::Task<> place_packets();
    [[nodiscard]] juggle::Task<> open();
    [[nodiscard]] juggle::Task<> pass_on();
    [[nodiscard]] juggle::Task<> pass_on_all();

    juggle::Duration silence_;
    boost::asio::ip::udp::socket socket_;
    juggle::asio::PacketReceiver<> packets_;
    InputWindow window_;
    HostInputs& memory_;
    juggle::Channel<InputChunk>& full_;
    std::deque<HostInputs::Allocation> open_;  // of the chunks that are being filled, oldest first
    std::uint64_t chunks_ = 0;
    std::uint64_t missing_ = 0;
};

}  // namespace fengine::ON_GPU
