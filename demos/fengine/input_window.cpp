#include "fengine/input_window.hpp"

#include "fengine/stream_items.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <ranges>
#include <utility>

namespace fengine {
namespace {

constexpr std::size_t max_open_chunks = 2;
constexpr std::size_t max_open_heaps = 64;
constexpr std::size_t max_kept_bytes = 4 << 20;
// Other items than the samples in a heap, such as descriptors.
constexpr std::uint64_t max_other_bytes = 64 << 10;
// More is no reordering of packets any more.
constexpr std::size_t max_pieces = 1024;
constexpr std::size_t heaps_until_restart = 16;

/// Memory for a packet that is kept, about.
std::size_t cost_of(std::size_t payload) { return payload + 64; }

unsigned sequence_bits(const InputLayout& layout) {
    const auto shift = static_cast<unsigned>(std::countr_zero(layout.heap_samples));
    return spead::ItemPointer::value_bits - shift + 1;  // one for the polarisation
}

}  // namespace

InputWindow::InputWindow(const InputLayout& layout)
    : layout_{layout}, window_{{.packets_per_chunk = layout.places(),
                                .max_open = max_open_chunks,
                                .restart_after = heaps_until_restart,
                                .sequence_bits = sequence_bits(layout)}},
      tail_(polarisations * layout.history * layout.sample_bytes),
      tail_present_(layout.history_places()) {
    chunks_.reserve(max_open_chunks);
}

bool InputWindow::add(std::span<const std::byte> datagram) {
    const std::optional<spead::Packet> packet = spead::Packet::parse(datagram);
    if (!packet) {
        ++counts_.packets;
        ++counts_.malformed;
        return true;
    }
    Heap described{};
    const Kind kind = kind_of(*packet, described);
    const std::optional<Heap> heap =
        kind == Kind::samples ? std::optional{described} : std::nullopt;
    auto open = find(*packet, heap);
    const bool is_known = open != heaps_.end();
    if (!heap || (is_known && open->state != OpenHeap::State::unknown)) {
        ++counts_.packets;
        if (is_known || kind == Kind::continued) {
            put(is_known ? open : begin_heap(*packet), packet->heap_offset(), packet->payload());
        } else {
            ignore(*packet, kind);
        }
        return true;
    }

    // The first packet that says where the heap belongs.
    const auto place = window_.place(heap->sequence);
    if (place.needs_chunk) {
        return false;
    }
    ++counts_.packets;
    std::byte* to = nullptr;
    std::uint8_t* present = nullptr;
    if (place) {
        to = place.chunk->samples.data() + layout_.offset_of(place.index);
        present = place.chunk->present.data() + layout_.history_places() + place.index;
    }
    if (!is_known && packet->payload().size() == packet->heap_size()) {
        put_whole(*packet, *heap, to, present);
        return true;
    }
    if (!is_known) {
        open = begin_heap(*packet);
    }
    open->heap = heap;
    open->to = to;
    open->present = present;
    open->state = place ? OpenHeap::State::placed : OpenHeap::State::useless;
    if (put(open, packet->heap_offset(), packet->payload())) {
        put_early(open);
    }
    return true;
}

InputWindow::Kind InputWindow::kind_of(const spead::Packet& packet, Heap& heap) const {
    std::optional<spead::ItemPointer> timestamp;
    std::optional<spead::ItemPointer> polarisation;
    std::optional<spead::ItemPointer> samples;
    bool has_items = false;
    for (std::size_t i = 0; i < packet.items(); ++i) {
        const spead::ItemPointer pointer = packet.item(i);
        switch (pointer.id()) {
            case item::timestamp:
                timestamp = pointer;
                break;
            case item::polarisation:
                polarisation = pointer;
                break;
            case item::samples:
                samples = pointer;
                break;
            default:
                has_items = has_items || pointer.id() > spead::item::payload_length;
        }
    }
    if (!timestamp && !polarisation && !samples) {
        return has_items ? Kind::other : Kind::continued;
    }
    if (!timestamp || !polarisation || !samples || !timestamp->is_immediate() ||
        !polarisation->is_immediate() || samples->is_immediate()) {
        return Kind::refused;
    }
    std::uint64_t end = packet.heap_size();
    for (std::size_t i = 0; i < packet.items(); ++i) {
        const spead::ItemPointer pointer = packet.item(i);
        if (!pointer.is_immediate() && pointer.id() != spead::item::null &&
            pointer.value() > samples->value()) {
            end = std::min(end, pointer.value());
        }
    }
    if (samples->value() > end || end - samples->value() != layout_.heap_bytes() ||
        packet.heap_size() > layout_.heap_bytes() + max_other_bytes ||
        polarisation->value() >= polarisations || timestamp->value() % layout_.heap_samples != 0) {
        return Kind::refused;
    }
    heap.sequence =
        timestamp->value() / layout_.heap_samples * polarisations + polarisation->value();
    heap.samples_at = samples->value();
    return Kind::samples;
}

/// Senders may count alike, or begin again to count, so what is known of a heap has to agree.
InputWindow::OpenHeaps::iterator InputWindow::find(const spead::Packet& packet,
                                                   const std::optional<Heap>& heap) {
    const auto is_it = [&](const OpenHeap& open) {
        return open.count == packet.heap_count() && open.size == packet.heap_size() &&
               (!heap || open.state == OpenHeap::State::unknown ||
                (open.heap && open.heap->sequence == heap->sequence));
    };
    const auto newest = std::ranges::find_if(heaps_ | std::views::reverse, is_it);
    return newest == heaps_.rend() ? heaps_.end() : std::prev(newest.base());
}

InputWindow::OpenHeaps::iterator InputWindow::begin_heap(const spead::Packet& packet) {
    if (heaps_.size() == max_open_heaps) {
        forget(heaps_.begin());
    }
    if (spare_.empty()) {
        spare_.emplace_back();
    }
    heaps_.splice(heaps_.end(), spare_, spare_.begin());
    const auto open = std::prev(heaps_.end());
    open->count = packet.heap_count();
    open->size = packet.heap_size();
    open->state = OpenHeap::State::unknown;
    return open;
}

/// What is no heap of samples, or a wrong one. Its other packets have to be known as such.
void InputWindow::ignore(const spead::Packet& packet, Kind kind) {
    ++(kind == Kind::refused ? counts_.refused : counts_.other);
    const auto control = packet.find(spead::item::stream_control);
    if (control && control->value() == spead::stream_stop) {
        ++counts_.stops;
    }
    if (packet.payload().size() != packet.heap_size()) {
        const auto open = begin_heap(packet);
        open->state = OpenHeap::State::useless;
        put(open, packet.heap_offset(), packet.payload());
    }
}

void InputWindow::put_whole(const spead::Packet& packet, const Heap& heap, std::byte* to,
                            std::uint8_t* present) {
    if (to != nullptr) {
        copy_samples(packet.heap_offset(), packet.payload(), heap, to);
        complete(present);
    }
}

void InputWindow::put_early(OpenHeaps::iterator open) {
    const std::vector<OpenHeap::Early> early = std::exchange(open->early, {});
    bool goes_on = true;
    for (const OpenHeap::Early& part : early) {
        kept_bytes_ -= cost_of(part.bytes.size());
        goes_on = goes_on && put(open, part.offset, part.bytes);
    }
}

bool InputWindow::put(OpenHeaps::iterator open, std::uint64_t offset,
                      std::span<const std::byte> payload) {
    if (open->state == OpenHeap::State::unknown) {
        keep(*open, offset, payload);
        return true;
    }
    if (!open->received.add(offset, offset + payload.size())) {
        ++counts_.doubled;
        return true;
    }
    if (open->state == OpenHeap::State::placed) {
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it is placed
        copy_samples(offset, payload, open->heap.value(), open->to);
    }
    const bool is_whole = open->received.size() == open->size;
    if (is_whole && open->state == OpenHeap::State::placed) {
        complete(open->present);
        open->state = OpenHeap::State::useless;
    }
    if (is_whole || open->received.pieces() > max_pieces) {
        forget(open);
        return false;
    }
    return true;
}

void InputWindow::copy_samples(std::uint64_t offset, std::span<const std::byte> payload,
                               const Heap& heap, std::byte* to) const {
    const std::uint64_t begin = std::max(offset, heap.samples_at);
    const std::uint64_t end =
        std::min(offset + payload.size(), heap.samples_at + layout_.heap_bytes());
    if (begin < end) {
        std::memcpy(to + (begin - heap.samples_at), payload.data() + (begin - offset),
                    static_cast<std::size_t>(end - begin));
    }
}

void InputWindow::keep(OpenHeap& open, std::uint64_t offset, std::span<const std::byte> payload) {
    const std::size_t cost = cost_of(payload.size());
    while (kept_bytes_ + cost > max_kept_bytes && &heaps_.front() != &open) {
        forget(heaps_.begin());
    }
    if (kept_bytes_ + cost <= max_kept_bytes) {
        open.early.push_back({.offset = offset, .bytes = {payload.begin(), payload.end()}});
        kept_bytes_ += cost;
    }
}

void InputWindow::complete(std::uint8_t* present) {
    *present = whole;
    ++counts_.heaps;
    for (OpenChunk& chunk : chunks_) {
        const std::span<std::uint8_t> places = chunk.memory.present;
        if (present >= places.data() && present < places.data() + places.size()) {
            ++chunk.whole;
        }
    }
}

/// Also one that is complete.
void InputWindow::forget(OpenHeaps::iterator open) {
    for (const OpenHeap::Early& part : open->early) {
        kept_bytes_ -= cost_of(part.bytes.size());
    }
    if (open->state != OpenHeap::State::useless) {
        ++counts_.incomplete;
    }
    open->early.clear();
    open->received.clear();
    open->heap.reset();
    open->to = nullptr;
    open->present = nullptr;
    spare_.splice(spare_.end(), heaps_, open);
}

void InputWindow::forget_heaps_of(const InputMemory& memory) {
    const auto* const begin = memory.present.data();
    for (auto open = heaps_.begin(); open != heaps_.end();) {
        const auto next = std::next(open);
        if (open->state == OpenHeap::State::placed && open->present >= begin &&
            open->present < begin + memory.present.size()) {
            // What still comes of it is late, and must be known as that.
            ++counts_.incomplete;
            open->state = OpenHeap::State::useless;
        }
        open = next;
    }
}

bool InputWindow::oldest_is_whole() const {
    return !chunks_.empty() && chunks_.front().whole == layout_.places();
}

void InputWindow::open(const InputMemory& memory) {
    window_.open(memory, memory.present.subspan(layout_.history_places()));
    chunks_.push_back({.memory = memory, .whole = 0});
}

InputWindow::Chunk InputWindow::take() {
    const OpenChunk chunk = chunks_.front();
    chunks_.erase(chunks_.begin());
    forget_heaps_of(chunk.memory);
    const std::uint64_t sequence = window_.take().first_sequence;
    copy_history(chunk.memory, next_sequence_ == sequence);
    save_history(chunk.memory);
    next_sequence_ = sequence + layout_.places();
    return {.timestamp =
                sequence / polarisations * layout_.heap_samples & spead::ItemPointer::value_mask,
            .missing = layout_.places() - chunk.whole};
}

void InputWindow::copy_history(const InputMemory& memory, bool follows) {
    const std::size_t bytes = layout_.history * layout_.sample_bytes;
    const std::span<std::uint8_t> present = memory.present.first(layout_.history_places());
    if (!follows || bytes == 0) {
        std::ranges::fill(present, std::uint8_t{missing});
        return;
    }
    std::ranges::copy(tail_present_, present.begin());
    for (std::size_t i = 0; i < polarisations; ++i) {
        std::memcpy(memory.samples.data() + i * layout_.pitch() * layout_.sample_bytes,
                    tail_.data() + i * bytes, bytes);
    }
}

void InputWindow::save_history(const InputMemory& memory) {
    const std::size_t bytes = layout_.history * layout_.sample_bytes;
    if (bytes == 0) {
        return;
    }
    std::ranges::copy(memory.present.last(layout_.history_places()), tail_present_.begin());
    for (std::size_t i = 0; i < polarisations; ++i) {
        const std::byte* const end =
            memory.samples.data() + (i + 1) * layout_.pitch() * layout_.sample_bytes;
        std::memcpy(tail_.data() + i * bytes, end - bytes, bytes);
    }
}

}  // namespace fengine
