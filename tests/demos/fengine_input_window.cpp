#include "fengine/input_window.hpp"
#include "fengine/stream_items.hpp"
#include "spead/packet.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <vector>

using fengine::InputLayout;
using fengine::InputMemory;
using fengine::InputWindow;
using spead::ItemPointer;

namespace {

using Bytes = std::vector<std::byte>;

// Heaps of 16 samples, chunks of 4 heaps, and a history of 24 samples.
constexpr InputLayout layout{.sample_bytes = 2, .heap_samples = 16, .heaps = 4, .history = 24};

/// The samples are known by their time.
std::byte sample_byte(std::uint64_t polarisation, std::uint64_t sample, std::size_t byte) {
    return static_cast<std::byte>(sample * 7 + sample / 256 + polarisation * 101 + byte * 13);
}

Bytes samples_of(std::uint64_t polarisation, std::uint64_t timestamp) {
    Bytes bytes;
    for (std::size_t i = 0; i < layout.heap_bytes(); ++i) {
        bytes.push_back(sample_byte(polarisation, timestamp + i / 2, i % 2));
    }
    return bytes;
}

struct HeapOptions {
    std::size_t max_payload = 1000;
    bool repeats_items = true;
    std::size_t other_bytes = 0;  // an item before the samples
};

/// The packets of a heap.
std::vector<Bytes> packets_of(std::uint64_t count, std::uint64_t polarisation,
                              std::uint64_t timestamp, const HeapOptions& options = {}) {
    Bytes payload(options.other_bytes, std::byte{0xee});
    const Bytes samples = samples_of(polarisation, timestamp);
    payload.insert(payload.end(), samples.begin(), samples.end());
    std::vector<ItemPointer> items{
        ItemPointer::immediate(fengine::item::timestamp, timestamp),
        ItemPointer::immediate(fengine::item::polarisation, polarisation)};
    if (options.other_bytes != 0) {
        items.push_back(ItemPointer::at(0x5000, 0));
    }
    items.push_back(ItemPointer::at(fengine::item::samples, options.other_bytes));
    std::vector<Bytes> packets;
    for (std::size_t offset = 0; offset < payload.size(); offset += options.max_payload) {
        const std::size_t length = std::min(options.max_payload, payload.size() - offset);
        const std::span<const ItemPointer> mine = offset == 0 || options.repeats_items
                                                      ? std::span<const ItemPointer>{items}
                                                      : std::span<const ItemPointer>{};
        Bytes packet(spead::header_size(mine.size()));
        spead::write_header({.heap_count = count,
                             .heap_size = payload.size(),
                             .heap_offset = offset,
                             .payload_length = length},
                            mine, packet);
        const auto begin = payload.begin() + static_cast<std::ptrdiff_t>(offset);
        packet.insert(packet.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
        packets.push_back(std::move(packet));
    }
    return packets;
}

/// Opens and takes chunks as a receiver does, and looks at each that is taken.
class Chunks {
public:
    struct Taken {
        std::uint64_t timestamp;
        std::size_t missing;
        std::vector<std::uint8_t> present;
    };

    void add(const Bytes& packet) {
        while (!window.add(packet)) {
            while (window.must_take()) {
                take();
            }
            open();
        }
        while (window.oldest_is_whole()) {
            take();
        }
    }
    void add_all(const std::vector<Bytes>& packets) {
        for (const Bytes& packet : packets) {
            add(packet);
        }
    }
    /// Both polarisations of a heap.
    void add_heap(std::uint64_t timestamp, const HeapOptions& options = {}) {
        for (std::uint64_t polarisation = 0; polarisation < 2; ++polarisation) {
            add_all(packets_of(next_count++, polarisation, timestamp, options));
        }
    }
    void take_all() {
        while (!window.empty()) {
            take();
        }
    }

    InputWindow window{layout};
    std::vector<Taken> taken;
    std::uint64_t next_count = 1;

private:
    struct Memory {
        Bytes samples = Bytes(layout.bytes(), std::byte{0x55});
        std::vector<std::uint8_t> present =
            std::vector<std::uint8_t>(layout.history_places() + layout.places(), 77);
    };

    void open() {
        memories.emplace_back(std::make_unique<Memory>());
        window.open({.samples = memories.back()->samples, .present = memories.back()->present});
    }

    void take() {
        const InputWindow::Chunk chunk = window.take();
        const Memory& memory = *memories.front();
        taken.push_back({chunk.timestamp, chunk.missing, memory.present});
        std::size_t whole = 0;
        for (std::size_t place = 0; place < memory.present.size(); ++place) {
            REQUIRE(memory.present[place] <= InputWindow::whole);
            if (memory.present[place] == InputWindow::whole) {
                whole += place >= layout.history_places() ? 1 : 0;
                check_samples(memory, chunk.timestamp, place);
            }
        }
        CHECK(layout.places() - whole == chunk.missing);
        memories.erase(memories.begin());
    }

    /// Those of a heap, without what the history has no room for.
    static void check_samples(const Memory& memory, std::uint64_t timestamp, std::size_t place) {
        const std::size_t polarisation = place % 2;
        const std::size_t end = (place / 2 + 1) * layout.heap_samples;  // from the first heap on
        const std::size_t cut = layout.history_heaps() * layout.heap_samples - layout.history;
        for (std::size_t i = std::max(end - layout.heap_samples, cut); i < end; ++i) {
            const std::uint64_t sample = timestamp + i - layout.history - cut;
            const std::size_t at = (polarisation * layout.pitch() + i - cut) * layout.sample_bytes;
            REQUIRE(memory.samples[at] == sample_byte(polarisation, sample, 0));
            REQUIRE(memory.samples[at + 1] == sample_byte(polarisation, sample, 1));
        }
    }

    std::vector<std::unique_ptr<Memory>> memories;
};

constexpr std::uint64_t chunk_samples = layout.chunk_samples();

}  // namespace

TEST_CASE("Heaps in order make whole chunks, each with the end of the one before") {
    const auto options = GENERATE(HeapOptions{}, HeapOptions{.max_payload = 7},
                                  HeapOptions{.max_payload = 7, .repeats_items = false},
                                  HeapOptions{.max_payload = 9, .other_bytes = 20});
    Chunks chunks;
    for (std::uint64_t heap = 0; heap < 12; ++heap) {
        chunks.add_heap(heap * layout.heap_samples, options);
    }
    REQUIRE(chunks.taken.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(chunks.taken[i].timestamp == i * chunk_samples);
        CHECK(chunks.taken[i].missing == 0);
        CHECK(std::ranges::count(chunks.taken[i].present, InputWindow::whole) ==
              std::ptrdiff_t(layout.places() + (i == 0 ? 0 : layout.history_places())));
    }
    CHECK(chunks.window.counts().heaps == 24);
    CHECK(chunks.window.counts().incomplete == 0);
    CHECK(chunks.window.empty());
}

TEST_CASE("Packets in any order, some of them twice, are put where they belong") {
    std::mt19937 random{2};
    for (int round = 0; round < 50; ++round) {
        std::vector<Bytes> packets;
        const HeapOptions options{.max_payload = 5 + random() % 20,
                                  .repeats_items = random() % 2 == 0,
                                  .other_bytes = random() % 10};
        std::uint64_t count = 1;
        for (std::uint64_t heap = 0; heap < 8; ++heap) {
            for (std::uint64_t polarisation = 0; polarisation < 2; ++polarisation) {
                const auto some =
                    packets_of(count++, polarisation, heap * layout.heap_samples, options);
                packets.insert(packets.end(), some.begin(), some.end());
            }
        }
        const std::size_t doubled = random() % 10;
        for (std::size_t i = 0; i < doubled; ++i) {
            packets.push_back(packets[random() % packets.size()]);
        }
        std::shuffle(packets.begin() + 1, packets.end(), random);  // the first says where to begin
        Chunks chunks;
        chunks.add_all(packets);
        chunks.take_all();
        REQUIRE(chunks.taken.size() == 2);
        CHECK(chunks.taken[0].missing == 0);
        CHECK(chunks.taken[1].missing == 0);
        CHECK(chunks.window.counts().heaps == 16);
        CHECK(chunks.window.counts().packets == packets.size());
    }
}

TEST_CASE("A heap of which a packet is missing is marked, and the others are whole") {
    Chunks chunks;
    for (std::uint64_t heap = 0; heap < 4; ++heap) {
        for (std::uint64_t polarisation = 0; polarisation < 2; ++polarisation) {
            auto packets = packets_of(chunks.next_count++, polarisation, heap * layout.heap_samples,
                                      {.max_payload = 8});
            if (heap == 2 && polarisation == 1) {
                packets.erase(packets.begin() + 1);
            }
            chunks.add_all(packets);
        }
    }
    CHECK(chunks.taken.empty());
    chunks.take_all();
    REQUIRE(chunks.taken.size() == 1);
    CHECK(chunks.taken[0].missing == 1);
    CHECK(chunks.taken[0].present[layout.history_places() + 5] == InputWindow::incomplete);
    CHECK(chunks.window.counts().incomplete == 1);
}

TEST_CASE("What comes when its chunk was taken is late, and harms nothing") {
    Chunks chunks;
    const auto packets = packets_of(100, 0, 0, {.max_payload = 8});
    chunks.add(packets[0]);
    chunks.add_heap(2 * chunk_samples);
    REQUIRE(chunks.taken.size() >= 1);
    CHECK(chunks.taken[0].missing == layout.places());
    chunks.add_all({packets.begin() + 1, packets.end()});
    chunks.add_all(packets_of(101, 1, 0));
    CHECK(chunks.window.window_counts().late == 1);
    chunks.take_all();
    CHECK(chunks.taken.back().timestamp == 2 * chunk_samples);
    CHECK(chunks.taken.back().missing == layout.places() - 2);
}

TEST_CASE("A gap leaves chunks with nothing in them, and no history behind them") {
    Chunks chunks;
    for (const std::uint64_t chunk : {0U, 2U}) {
        for (std::uint64_t heap = 0; heap < 4; ++heap) {
            chunks.add_heap(chunk * chunk_samples + heap * layout.heap_samples);
        }
    }
    chunks.take_all();
    REQUIRE(chunks.taken.size() == 3);
    CHECK(chunks.taken[1].missing == layout.places());
    CHECK(chunks.taken[2].missing == 0);
    CHECK(std::ranges::count(chunks.taken[2].present, InputWindow::whole) ==
          std::ptrdiff_t(layout.places()));
}

TEST_CASE("One timestamp that is far off goes nowhere; a sender that began again is followed") {
    Chunks chunks;
    chunks.add_heap(100 * chunk_samples);
    chunks.add_heap(5000 * chunk_samples);
    for (std::uint64_t heap = 1; heap < 4; ++heap) {
        chunks.add_heap(100 * chunk_samples + heap * layout.heap_samples);
    }
    REQUIRE(chunks.taken.size() == 1);
    CHECK(chunks.taken[0].missing == 0);
    CHECK(chunks.window.window_counts().astray == 2);

    // It counts its heaps anew, too.
    chunks.next_count = 1;
    for (std::uint64_t heap = 0; heap < 16; ++heap) {
        chunks.add_heap(heap * layout.heap_samples);
    }
    chunks.take_all();
    CHECK(chunks.window.window_counts().restarts == 1);
    CHECK(chunks.taken.back().timestamp == 3 * chunk_samples);
    CHECK(chunks.taken.back().missing == 0);
}

TEST_CASE("Timestamps go on at zero behind the largest") {
    Chunks chunks;
    const std::uint64_t end = std::uint64_t{1} << 48;
    for (std::uint64_t heap = 0; heap < 8; ++heap) {
        const std::uint64_t timestamp = end - chunk_samples + heap * layout.heap_samples;
        for (std::uint64_t polarisation = 0; polarisation < 2; ++polarisation) {
            auto packets = packets_of(chunks.next_count++, polarisation, timestamp);
            chunks.add_all(packets);
        }
    }
    REQUIRE(chunks.taken.size() == 2);
    CHECK(chunks.taken[0].timestamp == end - chunk_samples);
    CHECK(chunks.taken[1].timestamp == 0);
    CHECK(chunks.taken[1].missing == 0);
    CHECK(std::ranges::count(chunks.taken[1].present, InputWindow::whole) ==
          std::ptrdiff_t(layout.places() + layout.history_places()));
}

TEST_CASE("Heaps that are not what is expected are refused, other ones are counted") {
    InputWindow window{layout};
    const auto add = [&window](std::span<const ItemPointer> items, std::size_t size) {
        Bytes packet(spead::header_size(items.size()));
        spead::write_header(
            {.heap_count = 1, .heap_size = size, .heap_offset = 0, .payload_length = size}, items,
            packet);
        packet.insert(packet.end(), size, std::byte{0});
        CHECK(window.add(packet));
    };
    const auto timestamp = ItemPointer::immediate(fengine::item::timestamp, 32);
    const auto polarisation = ItemPointer::immediate(fengine::item::polarisation, 1);
    const auto samples = ItemPointer::at(fengine::item::samples, 0);
    const std::size_t size = layout.heap_bytes();
    add(std::array{timestamp, polarisation, samples}, size - 1);
    add(std::array{timestamp, polarisation, samples}, size + 1);
    add(std::array{timestamp, polarisation, ItemPointer::at(fengine::item::samples, 1)}, size);
    add(std::array{timestamp, polarisation, ItemPointer::at(fengine::item::samples, 2 * size)},
        size);
    add(std::array{timestamp, polarisation, ItemPointer::immediate(fengine::item::samples, 0)},
        size);
    add(std::array{timestamp, samples}, size);
    add(std::array{polarisation, samples}, size);
    add(std::array{timestamp, ItemPointer::immediate(fengine::item::polarisation, 2), samples},
        size);
    add(std::array{ItemPointer::immediate(fengine::item::timestamp, 33), polarisation, samples},
        size);
    CHECK(window.counts().refused == 9);
    add(std::array{ItemPointer::at(0x5000, 0)}, size);
    add(std::array{ItemPointer::immediate(spead::item::stream_control, spead::stream_stop)}, 0);
    CHECK(window.counts().other == 2);
    CHECK(window.counts().stops == 1);
    CHECK(window.add(Bytes(3)));
    CHECK(window.counts().malformed == 1);
    CHECK(window.counts().packets == 12);
    CHECK(window.empty());
}

TEST_CASE("What a heap's first packet never explains takes no more than its share of memory") {
    InputWindow window{layout};
    for (std::uint64_t count = 1; count < 100'000; ++count) {
        Bytes packet(spead::header_size(0));
        spead::write_header(
            {.heap_count = count, .heap_size = 2000, .heap_offset = 100, .payload_length = 1000},
            {}, packet);
        packet.insert(packet.end(), 1000, std::byte{0});
        REQUIRE(window.add(packet));
    }
    CHECK(window.counts().incomplete > 99'000);
}
