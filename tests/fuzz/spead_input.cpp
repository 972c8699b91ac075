// Datagrams as they come to fengine: SPEAD packets of any content, and any bytes. Nothing is read
// or written beyond what is given; a heap that is said to be whole has the samples that were sent.

#include "fengine/input_window.hpp"
#include "fengine/stream_items.hpp"
#include "input.hpp"
#include "spead/packet.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace {

using fengine::InputLayout;
using fengine::InputWindow;
using fuzz::require;
using spead::ItemPointer;
using Bytes = std::vector<std::byte>;

constexpr std::size_t max_payload = 200;

InputLayout layout_from(fuzz::Input& input) {
    const std::size_t heap_samples = std::size_t{1} << input.between(0, 5);
    const std::size_t heaps = std::size_t{1} << input.between(0, 3);
    return {.sample_bytes = std::size_t{1} << input.between(0, 3),
            .heap_samples = heap_samples,
            .heaps = heaps,
            .history = input.between(0, heaps * heap_samples)};
}

/// What is at each place of the stream of samples.
std::byte known_byte(std::uint64_t polarisation, std::uint64_t byte) {
    return static_cast<std::byte>(byte * 5 + byte / 256 + polarisation * 99);
}

/// A packet in whose heap the samples begin at `samples_at`, and which may lie about the rest.
Bytes packet_from(fuzz::Input& input, const InputLayout& layout) {
    const std::uint64_t timestamp =
        input.between(0, 64) * layout.heap_samples + (input.between(0, 30) == 0 ? 1 : 0);
    const std::uint64_t polarisation = input.between(0, 20) == 0 ? 2 : input.between(0, 1);
    const std::uint64_t samples_at = input.between(0, 3) == 0 ? input.between(0, 40) : 0;
    const std::uint64_t size = samples_at + layout.heap_bytes() + input.between(0, 40) / 40;
    const std::uint64_t offset =
        std::min<std::uint64_t>(input.between(0, 2) == 0 ? 0 : input.between(0, 300), size);
    const std::size_t length = static_cast<std::size_t>(
        std::min<std::uint64_t>(size - offset, input.between(0, max_payload)));
    std::vector<ItemPointer> items;
    const std::size_t which = input.between(0, 20);
    if (which != 0) {
        items = {ItemPointer::immediate(fengine::item::timestamp, timestamp),
                 ItemPointer::immediate(fengine::item::polarisation, polarisation),
                 ItemPointer::at(fengine::item::samples, samples_at)};
    }
    if (which == 1) {
        items.pop_back();
    } else if (which == 2) {
        items = {ItemPointer::immediate(spead::item::stream_control, spead::stream_stop)};
    }
    // The count says what heap it is, so that those of one count agree about their samples.
    const std::uint64_t count =
        (timestamp * 4 + polarisation) * 64 + samples_at + (input.between(0, 9) == 0 ? 1 << 20 : 0);
    Bytes packet(spead::header_size(items.size()));
    write_header(
        {.heap_count = count, .heap_size = size, .heap_offset = offset, .payload_length = length},
        items, packet);
    for (std::uint64_t byte = offset; byte < offset + length; ++byte) {
        const std::uint64_t of_stream = timestamp * layout.sample_bytes + byte - samples_at;
        packet.push_back(known_byte(polarisation, of_stream));
    }
    return packet;
}

struct Memory {
    explicit Memory(const InputLayout& layout)
        : samples(layout.bytes()), present(layout.history_places() + layout.places(), 77) {}
    Bytes samples;
    std::vector<std::uint8_t> present;
};

class Chunks {
public:
    explicit Chunks(const InputLayout& layout) : layout_{layout}, window_{layout} {}

    void add(std::span<const std::byte> datagram) {
        std::size_t opened = 0;
        while (!window_.add(datagram)) {
            require(++opened < 10, "a packet asks for no more chunks than may be open, and some");
            while (window_.must_take()) {
                take();
            }
            memories_.push_back(std::make_unique<Memory>(layout_));
            window_.open(
                {.samples = memories_.back()->samples, .present = memories_.back()->present});
        }
        while (window_.oldest_is_whole()) {
            take();
        }
    }

    void end(std::size_t packets) {
        while (!window_.empty()) {
            take();
        }
        const InputWindow::Counts& counts = window_.counts();
        require(counts.packets == packets, "each packet is counted");
        require(counts.heaps == whole_, "whole heaps are in the chunks");
    }

    bool samples_are_known = true;

private:
    void take() {
        const InputWindow::Chunk chunk = window_.take();
        const Memory& memory = *memories_.front();
        std::size_t whole = 0;
        for (std::size_t place = 0; place < memory.present.size(); ++place) {
            require(memory.present[place] <= InputWindow::whole, "each place is marked");
            if (memory.present[place] != InputWindow::whole) {
                continue;
            }
            whole += place < layout_.history_places() ? 0 : 1;
            if (samples_are_known) {
                check(memory, chunk.timestamp, place);
            }
        }
        require(chunk.missing == layout_.places() - whole, "the others are missing");
        whole_ += whole;
        memories_.erase(memories_.begin());
    }

    void check(const Memory& memory, std::uint64_t timestamp, std::size_t place) const {
        const std::size_t polarisation = place % fengine::polarisations;
        const std::size_t heap = place / fengine::polarisations;
        const std::size_t cut = layout_.history_heaps() * layout_.heap_samples - layout_.history;
        const std::size_t begin = heap * layout_.heap_samples;
        for (std::size_t i = std::max(begin, cut); i < begin + layout_.heap_samples; ++i) {
            const std::uint64_t sample = timestamp + i - cut - layout_.history;
            for (std::size_t byte = 0; byte < layout_.sample_bytes; ++byte) {
                const std::size_t at =
                    (polarisation * layout_.pitch() + i - cut) * layout_.sample_bytes + byte;
                require(memory.samples[at] ==
                            known_byte(polarisation, sample * layout_.sample_bytes + byte),
                        "a whole heap has its samples");
            }
        }
    }

    InputLayout layout_;
    InputWindow window_;
    std::vector<std::unique_ptr<Memory>> memories_;
    std::size_t whole_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const InputLayout layout = layout_from(input);
    Chunks chunks{layout};
    std::size_t packets = 0;
    for (; !input.empty() && packets < 2000; ++packets) {
        Bytes packet = packet_from(input, layout);
        switch (input.between(0, 15)) {
            case 0: {  // a part of it is damaged
                const std::size_t place = input.between(0, packet.size() - 1);
                packet[place] ^= static_cast<std::byte>(input.between(1, 255));
                chunks.samples_are_known = false;
                break;
            }
            case 1:  // it is cut off
                packet.resize(input.between(0, packet.size()));
                break;
            case 2:  // it is something else
                packet.assign(input.rest().begin(),
                              input.rest().begin() +
                                  std::min<std::ptrdiff_t>(std::ssize(input.rest()), 100));
                chunks.samples_are_known = false;
                break;
            default:
                break;
        }
        packet.shrink_to_fit();
        chunks.add(packet);
    }
    chunks.end(packets);
    return 0;
}
