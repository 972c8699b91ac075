#include "fengine/stream.hpp"

#include "fengine/input_window.hpp"
#include "fengine/known_channels.hpp"
#include "fengine/take_over.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

namespace fengine::ON_GPU {

Stream::Stream(const Options& options, const StreamOptions& stream, const InputLayout& input,
               const gpu::Device& device, boost::asio::io_context& network, Losses& losses,
               juggle::Timeline* timeline)
    : options_{stream}, input_{input}, losses_{losses}, timeline_{timeline}, device_{device},
      compute_{device.make_queue(timeline, stream.name + " compute")},
      download_{device.make_queue(timeline, stream.name + " download")},
      kernels_{stream, options.format, input, device},
      transmitter_{options, stream, kernels_.output(), network},
      transmitter_turn_{stream.name + " transmitter"}, known_gains_{stream.channels, stream.gain},
      gains_{stream.name + " gains", on_device(known_gains_)},
      jobs_{stream.name + " chunks", options.in_flight} {
    check_known_channels(kernels_, options, stream, input, device, compute_);
    for (std::size_t i = 0; i < options.in_flight; ++i) {
        slots_.push_back(make_slot());
    }
}

gpu::Memory Stream::on_device(const Gains& gains) const {
    return device_.make_table(gains.for_device());
}

Stream::Slot Stream::make_slot() const {
    return {.output{options_.name + " output", kernels_.make_output()},
            .host{options_.name + " host output",
                  device_.make_host_buffer<std::byte>(download_, kernels_.output().bytes())}};
}

Stream::Tickets Stream::take_tickets(DeviceInputs::Slot& input) {
    const std::size_t slot = next_slot_;
    next_slot_ = (next_slot_ + 1) % slots_.size();
    return {.input = input.acquire_shared(),
            .gains = gains_.acquire_shared(),
            .output = slots_[slot].output.acquire(),
            .host = slots_[slot].host.acquire(),
            .transmitter = transmitter_turn_.acquire(),
            .slot = slot};
}

juggle::Task<> Stream::next(std::uint64_t timestamp, std::span<const std::uint8_t> present,
                            DeviceInputs::Slot& input) {
    next_timestamp_ = timestamp + input_.chunk_samples();
    Work work{.timestamp = timestamp, .is_whole = whole_blocks(present)};
    return process(std::move(work), take_tickets(input));
}

/// A spectrum needs the samples of its filter: those of the history, too.
std::vector<std::uint8_t> Stream::whole_blocks(std::span<const std::uint8_t> present) const {
    const OutputLayout& output = kernels_.output();
    const std::size_t block_samples = output.spectra * output.channels;
    // Samples are counted from the beginning of the first heap of the history.
    const std::size_t chunk_at = input_.history_heaps() * input_.heap_samples;
    std::vector<std::uint8_t> whole(output.blocks);
    for (std::size_t block = 0; block < output.blocks; ++block) {
        const std::size_t begin = chunk_at + block * block_samples - options_.history();
        const std::size_t end = chunk_at + (block + 1) * block_samples;
        const std::size_t first = begin / input_.heap_samples * polarisations;
        const std::size_t last =
            (end + input_.heap_samples - 1) / input_.heap_samples * polarisations;
        const auto needed = present.subspan(first, last - first);
        whole[block] = std::ranges::all_of(
            needed, [](std::uint8_t heap) { return heap == InputWindow::whole; });
    }
    return whole;
}

juggle::Task<> Stream::process(Work work, Tickets tickets) {
    const auto whole = std::ranges::count(work.is_whole, std::uint8_t{1});
    counts_.skipped +=
        (work.is_whole.size() - static_cast<std::size_t>(whole)) * options_.to.size();
    if (whole == 0) {
        co_return;  // the tickets pass their turns on
    }
    std::exception_ptr problem;
    try {
        co_await compute(work, tickets);
    } catch (...) {
        problem = std::current_exception();
    }
    if (!problem) {
        losses_.arrived();
        co_return;
    }
    ++counts_.lost;
    losses_.lost(options_.name, work.timestamp, problem);
    // Other streams use the same input, and what the others are is written anew by the next chunk.
    if (tickets.input.held()) {
        tickets.input.ready();
    }
    if (tickets.transmitter.held()) {
        tickets.transmitter.ready();
    }
    if (tickets.output.held()) {
        tickets.output.fail(problem);
    }
    if (tickets.host.held()) {
        tickets.host.fail(problem);
    }
}

juggle::Task<> Stream::compute(Work& work, Tickets& tickets) {
    auto& [input, gains, output, host, turn, slot] = tickets;
    (void)co_await gains.wait();
    const gpu::Memory gains_now = *gains;
    gains.ready();

    co_await take_over(slots_[slot].output, output);
    co_await gpu::enqueue(compute_, input, output, [&](gpu::Commands& commands) {
        kernels_.enqueue(commands, *input, gains_now, *output);
    });
    input.ready();

    co_await take_over(slots_[slot].host, host);
    const gpu::Event downloaded =
        co_await gpu::enqueue(download_, output, host, [&](gpu::Commands& commands) {
            commands.read("download", host->span(), *output);
        });
    co_await downloaded;
    output.ready();

    (void)co_await turn.wait();
    co_await transmit(work, host->span());
    turn.ready();
    host.ready();
}

juggle::Task<> Stream::transmit(const Work& work, std::span<const std::byte> output) {
    std::optional<juggle::TimelineSpan> sending;
    if (timeline_ != nullptr) {
        sending.emplace(timeline_->span("send"));
    }
    const OutputLayout& layout = kernels_.output();
    const std::uint64_t block_samples = layout.spectra * layout.channels;
    for (std::size_t block = 0; block < layout.blocks; ++block) {
        if (work.is_whole[block] == 0) {
            continue;
        }
        for (std::size_t i = 0; i < polarisations; ++i) {
            std::uint32_t count = 0;
            const std::size_t at = layout.counts_at() + (block * polarisations + i) * sizeof count;
            std::memcpy(&count, output.data() + at, sizeof count);
            counts_.saturated[i] += count;
        }
        co_await transmitter_.send(
            (work.timestamp + block * block_samples) & spead::ItemPointer::value_mask,
            output.subspan(block * layout.block_bytes(), layout.block_bytes()));
    }
}

juggle::Task<> Stream::finish() {
    co_await jobs_.finish();
    co_await transmitter_.send_stop();
}

juggle::Task<std::uint64_t> Stream::set_gains(Gains gains) {
    gpu::Memory table = on_device(gains);
    known_gains_ = std::move(gains);
    auto ticket = gains_.acquire();
    const std::uint64_t from = next_timestamp_;
    gpu::Memory& now = co_await ticket.wait_events();
    now = std::move(table);  // what is enqueued keeps the old one
    ticket.ready();
    co_return from& spead::ItemPointer::value_mask;
}

}  // namespace fengine::ON_GPU
