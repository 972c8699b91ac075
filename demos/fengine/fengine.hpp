#pragma once

#include "fengine/input_chunk.hpp"
#include "fengine/losses.hpp"
#include "fengine/options.hpp"
#include "fengine/receiver.hpp"
#include "fengine/stream.hpp"
#include "gpu.hpp"

#include <juggle/async_event.hpp>
#include <juggle/channel.hpp>
#include <juggle/job_queue.hpp>
#include <juggle/join_handle.hpp>
#include <juggle/task.hpp>
#include <juggle/timeline.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace fengine::ON_GPU {

/// Samples in, channels out: chunks are received, uploaded once, and computed and sent by each
/// stream for itself.
///
/// Memory goes round: the receiver fills free memory of a ring and passes it on through a channel;
/// the upload makes it free again. All that a chunk will need is asked for at one moment, so that
/// each resource serves the chunks in the order of the input.
class FEngine {
public:
    /// Listens from now on. A timeline, if there is one, is shown what happens.
    FEngine(const Options& options, const gpu::Device& device, boost::asio::io_context& network,
            juggle::Timeline* timeline);
    FEngine(const FEngine&) = delete;
    FEngine& operator=(const FEngine&) = delete;

    /// `co_await`: runs until a stop request, then until what has been received is sent. Throws
    /// common::Error if the device fails for good.
    [[nodiscard]] juggle::Task<> run();

    [[nodiscard]] const Receiver& receiver() const { return *receiver_; }
    [[nodiscard]] const std::vector<std::unique_ptr<Stream>>& streams() const { return streams_; }

private:
    [[nodiscard]] juggle::Task<> wind_up(juggle::JoinHandle<> receiving,
                                         juggle::JoinHandle<> processing);
    [[nodiscard]] juggle::Task<> receive();
    [[nodiscard]] juggle::Task<> process_all();
    [[nodiscard]] juggle::Task<> process(InputChunk chunk);
    [[nodiscard]] juggle::Task<> upload(DeviceInputs::Slot& slot, DeviceInputs::Allocation to,
                                        HostInputs::Allocation from);

    // Chunks that are being filled, the one in the channel, and the one that is being uploaded.
    static constexpr std::size_t host_chunks = 4;

    InputLayout layout_;
    juggle::Timeline* timeline_;
    juggle::AsyncEvent stopping_{"the end"};
    Losses losses_{stopping_};
    gpu::Device device_;
    gpu::Queue upload_;
    HostInputs host_inputs_;
    DeviceInputs device_inputs_;
    std::vector<std::unique_ptr<Stream>> streams_;
    juggle::Channel<InputChunk> full_{"full chunks", 1};
    std::unique_ptr<Receiver> receiver_;
    juggle::JobQueue uploads_{"uploads", host_chunks};
    std::uint64_t chunks_ = 0;
};

}  // namespace fengine::ON_GPU
