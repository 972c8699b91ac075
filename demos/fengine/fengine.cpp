#include "fengine/fengine.hpp"

#include "common/error.hpp"
#include "fengine/take_over.hpp"

#include <juggle/as_outcome.hpp>
#include <juggle/cancelled.hpp>
#include <juggle/executor.hpp>
#include <juggle/shield.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace fengine::ON_GPU {

namespace {

InputLayout layout_of(const Options& options) {
    const auto longest = std::ranges::max_element(options.streams, {}, &StreamOptions::history);
    return {.sample_bytes = bytes_per_sample(options.format),
            .heap_samples = options.heap_samples,
            .heaps = options.chunk / options.heap_samples,
            .history = longest->history()};
}

}  // namespace

FEngine::FEngine(const Options& options, const gpu::Device& device,
                 boost::asio::io_context& network, juggle::Timeline* timeline)
    : layout_{layout_of(options)}, timeline_{timeline}, device_{device},
      upload_{device.make_queue(timeline, "upload")},
      host_inputs_{"host input", host_chunks,
                   [this](std::size_t) {
                       return HostInput{
                           .samples = device_.make_host_buffer<std::byte>(upload_, layout_.bytes()),
                           .present = std::vector<std::uint8_t>(layout_.history_places() +
                                                                layout_.places())};
                   }},
      device_inputs_{"device input", options.in_flight + 1,
                     [this](std::size_t) { return device_.make_memory(layout_.bytes()); }} {
    for (const StreamOptions& stream : options.streams) {
        streams_.push_back(
            std::make_unique<Stream>(options, stream, layout_, device, network, losses_, timeline));
    }
    receiver_ = std::make_unique<Receiver>(options, layout_, network, host_inputs_, full_);
}

juggle::Task<> FEngine::run() {
    juggle::Executor& executor = *juggle::Executor::current();
    juggle::JoinHandle<> processing = executor.spawn("process", process_all());
    juggle::JoinHandle<> receiving = executor.spawn("receive", receive());
    try {
        co_await stopping_.wait();
    } catch (const juggle::Cancelled&) {
        stopping_.set();
    }
    // Ctrl-C may still come where it was something else that has ended the input.
    co_await juggle::shield(wind_up(std::move(receiving), std::move(processing)));
}

juggle::Task<> FEngine::wind_up(juggle::JoinHandle<> receiving, juggle::JoinHandle<> processing) {
    const auto received = co_await juggle::as_outcome(receiving);
    full_.close();
    co_await processing;
    if (losses_.is_hopeless()) {
        throw common::Error("the device has lost " + std::to_string(Losses::no_hope) +
                            " chunks in a row");
    }
    received.value();
}

juggle::Task<> FEngine::receive() {
    try {
        co_await receiver_->run(stopping_);
    } catch (...) {
        stopping_.set();
        throw;
    }
}

juggle::Task<> FEngine::process_all() {
    try {
        for (;;) {
            std::optional<InputChunk> chunk = co_await full_.pop();
            if (!chunk) {
                break;
            }
            co_await process(std::move(*chunk));
        }
    } catch (...) {
        full_.close();  // the receiver does not wait for room any more
        throw;
    }
    co_await uploads_.finish();
    for (const auto& stream : streams_) {
        co_await stream->finish();
    }
}

juggle::Task<> FEngine::process(InputChunk chunk) {
    if (timeline_ != nullptr) {
        timeline_->chunk(chunks_);
    }
    ++chunks_;
    DeviceInputs::Slot& slot = device_inputs_.next();
    // All tickets are taken before the first task can run.
    const std::uint64_t timestamp = chunk.timestamp;
    const std::span<const std::uint8_t> present = chunk.memory->present;
    juggle::Task<> uploading = upload(slot, slot.acquire(), std::move(chunk.memory));
    std::vector<juggle::Task<>> computing;
    computing.reserve(streams_.size());
    for (const auto& stream : streams_) {
        computing.push_back(stream->next(timestamp, present, slot));
    }
    co_await uploads_.push(std::move(uploading));
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        co_await streams_[i]->push(std::move(computing[i]));
    }
}

juggle::Task<> FEngine::upload(DeviceInputs::Slot& slot, DeviceInputs::Allocation to,
                               HostInputs::Allocation from) {
    std::exception_ptr problem;
    try {
        co_await take_over(slot, to);
        co_await gpu::enqueue(upload_, from, to, [&](gpu::Commands& commands) {
            commands.write("upload", *to, 0, from->samples.span());
        });
    } catch (...) {
        problem = std::current_exception();
    }
    from.ready();
    if (!problem) {
        to.ready();
    } else if (to.held()) {
        to.fail(problem);  // the streams say which chunk it was
    }
}

}  // namespace fengine::ON_GPU
