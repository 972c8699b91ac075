#pragma once

#include "fengine/input_layout.hpp"
#include "spead/byte_ranges.hpp"
#include "spead/packet.hpp"

#include <juggle/asio/packet_window.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <vector>

namespace fengine {

/// Memory of a chunk as it is filled.
struct InputMemory {
    std::span<std::byte> samples;     ///< InputLayout::bytes()
    std::span<std::uint8_t> present;  ///< InputLayout::history_places() + places()
};

/// Puts the heaps of both polarisations together to chunks, from packets that come late, twice, in
/// any order, or not at all. Plain arithmetic and copying: it waits for nothing, and what a chunk
/// is filled into is given to it.
///
/// A heap's packet that carries the timestamp, the polarisation and where the samples are says
/// where the heap belongs; packets that come before it are kept.
class InputWindow {
public:
    /// What InputMemory::present says of a heap. Only whole ones are of use.
    enum Presence : std::uint8_t { missing = 0, incomplete = 1, whole = 2 };

    struct Chunk {
        std::uint64_t timestamp;  ///< of its first sample, not of the history
        std::size_t missing;      ///< heaps that are not whole
    };

    struct Counts {
        std::uint64_t packets = 0;
        std::uint64_t malformed = 0;   ///< packets that are no SPEAD-64-48
        std::uint64_t refused = 0;     ///< packets of samples that are not as they should be
        std::uint64_t other = 0;       ///< packets of heaps that are no samples
        std::uint64_t doubled = 0;     ///< packets that were there already
        std::uint64_t incomplete = 0;  ///< heaps of which a part is missing
        std::uint64_t heaps = 0;       ///< whole ones
        std::uint64_t stops = 0;       ///< how often a sender has said that it ends
    };
    using WindowCounts = juggle::asio::PacketWindow<InputMemory>::Counts;

    explicit InputWindow(const InputLayout& layout);

    /// False: nothing has happened, for another chunk has to be opened first, and if must_take()
    /// one taken before that.
    [[nodiscard]] bool add(std::span<const std::byte> datagram);

    [[nodiscard]] bool must_take() const { return window_.must_take(); }
    [[nodiscard]] bool oldest_is_whole() const;
    [[nodiscard]] bool empty() const { return window_.empty(); }
    void open(const InputMemory& memory);
    /// The oldest chunk, whose memory is complete now, with its history.
    [[nodiscard]] Chunk take();

    [[nodiscard]] const Counts& counts() const { return counts_; }
    /// Of heaps: late, doubled, astray ones, and restarts.
    [[nodiscard]] const WindowCounts& window_counts() const { return window_.counts(); }

private:
    /// What a packet says of its heap.
    struct Heap {
        std::uint64_t sequence;    ///< its place in the stream of all heaps
        std::uint64_t samples_at;  ///< bytes of the heap before the samples
    };
    /// One of which a part has come.
    struct OpenHeap {
        enum class State { unknown, placed, useless };
        struct Early {
            std::uint64_t offset;
            std::vector<std::byte> bytes;
        };

        std::uint64_t count = 0;
        std::uint64_t size = 0;
        State state = State::unknown;
        std::optional<Heap> heap;
        std::byte* to = nullptr;  // where the samples go, if it is placed
        std::uint8_t* present = nullptr;
        spead::ByteRanges received;
        std::vector<Early> early;  // packets that came while it was unknown
    };
    using OpenHeaps = std::list<OpenHeap>;
    struct OpenChunk {
        InputMemory memory;
        std::size_t whole;
    };
    enum class Kind { samples, continued, refused, other };

    [[nodiscard]] Kind kind_of(const spead::Packet& packet, Heap& heap) const;
    [[nodiscard]] OpenHeaps::iterator find(const spead::Packet& packet,
                                           const std::optional<Heap>& heap);
    OpenHeaps::iterator begin_heap(const spead::Packet& packet);
    void ignore(const spead::Packet& packet, Kind kind);
    void put_whole(const spead::Packet& packet, const Heap& heap, std::byte* to,
                   std::uint8_t* present);
    void put_early(OpenHeaps::iterator open);
    /// False: the heap has come to its end, and is forgotten.
    bool put(OpenHeaps::iterator open, std::uint64_t offset, std::span<const std::byte> payload);
    void copy_samples(std::uint64_t offset, std::span<const std::byte> payload, const Heap& heap,
                      std::byte* to) const;
    void keep(OpenHeap& open, std::uint64_t offset, std::span<const std::byte> payload);
    void complete(std::uint8_t* present);
    void forget(OpenHeaps::iterator open);
    void forget_heaps_of(const InputMemory& memory);
    void copy_history(const InputMemory& memory, bool follows);
    void save_history(const InputMemory& memory);

    InputLayout layout_;
    juggle::asio::PacketWindow<InputMemory> window_;
    std::vector<OpenChunk> chunks_;  // oldest first
    OpenHeaps heaps_;                // oldest first
    OpenHeaps spare_;
    std::size_t kept_bytes_ = 0;
    // The end of the chunk that was taken last, which is the next one's history.
    std::vector<std::byte> tail_;
    std::vector<std::uint8_t> tail_present_;
    std::optional<std::uint64_t> next_sequence_;
    Counts counts_;
};

}  // namespace fengine
