// Where packets belong, whatever order they come in.

#include "support/catch.hpp"

#include <juggle/asio/packet_window.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

/// A chunk's memory: which packet was put at each place. It remembers what was there before it was
/// opened, as memory that is used again does.
struct Memory {
    explicit Memory(std::size_t places) : packets(places, 0), present(places, 77) {}

    std::vector<std::uint64_t> packets;
    std::vector<std::uint8_t> present;
};
using Chunk = std::unique_ptr<Memory>;
using Window = juggle::asio::PacketWindow<Chunk>;

/// Uses a window as a program does, with new memory for each chunk.
struct Receiver {
    explicit Receiver(const Window::Options& options) : options_{options}, window{options} {}

    void put(std::uint64_t sequence) {
        Window::Place place = window.place(sequence);
        while (place.needs_chunk) {
            while (window.must_take()) {
                taken.push_back(window.take());
            }
            auto chunk = std::make_unique<Memory>(options_.packets_per_chunk);
            Memory& memory = *chunk;
            window.open(std::move(chunk), memory.present);
            place = window.place(sequence);
        }
        if (place) {
            (*place.chunk)->packets.at(place.index) = sequence;
        }
    }
    void put_all(std::initializer_list<std::uint64_t> sequences) {
        for (const std::uint64_t sequence : sequences) {
            put(sequence);
        }
    }
    void finish() {
        while (!window.empty()) {
            taken.push_back(window.take());
        }
    }

    Window::Options options_;
    Window window;
    std::vector<Window::Taken> taken;
};

using Flags = std::vector<std::uint8_t>;
using Numbers = std::vector<std::uint64_t>;

Numbers first_sequences(const std::vector<Window::Taken>& taken) {
    Numbers numbers;
    for (const Window::Taken& chunk : taken) {
        numbers.push_back(chunk.first_sequence);
    }
    return numbers;
}

template <class Function>
std::string text_of_invalid_argument(Function function) {
    try {
        function();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("packets in order fill chunk after chunk") {
    Receiver receiver{{.packets_per_chunk = 3, .max_open = 2}};
    receiver.put_all({0, 1, 2, 3, 4, 5, 6});
    REQUIRE(receiver.taken.size() == 1);
    CHECK(receiver.window.size() == 2);
    CHECK(receiver.window.oldest_is_complete());
    receiver.finish();
    CHECK(first_sequences(receiver.taken) == Numbers{0, 3, 6});
    CHECK(receiver.taken[1].chunk->packets == Numbers{3, 4, 5});
    CHECK(receiver.taken[1].missing == 0);
    CHECK(receiver.taken[2].chunk->present == Flags{1, 0, 0});
    CHECK(receiver.taken[2].missing == 2);
    const Window::Counts& counts = receiver.window.counts();
    CHECK(counts.placed == 7);
    CHECK(counts.chunks == 3);
    CHECK(counts.missing == 2);
    CHECK(counts.late + counts.doubled + counts.astray + counts.restarts == 0);
}

TEST_CASE("the first chunk begins at a multiple of its length") {
    Receiver receiver{{.packets_per_chunk = 4}};
    receiver.put_all({1006, 1005, 1008});
    receiver.finish();
    CHECK(first_sequences(receiver.taken) == Numbers{1004, 1008});
    CHECK(receiver.taken[0].chunk->present == Flags{0, 1, 1, 0});
}

TEST_CASE("reordered packets find their places, also across chunks") {
    Receiver receiver{{.packets_per_chunk = 2, .max_open = 2}};
    receiver.put_all({0, 3, 2, 1});
    receiver.finish();
    REQUIRE(receiver.taken.size() == 2);
    CHECK(receiver.taken[0].chunk->packets == Numbers{0, 1});
    CHECK(receiver.taken[1].chunk->packets == Numbers{2, 3});
}

TEST_CASE("a packet that comes twice has a place once") {
    Receiver receiver{{.packets_per_chunk = 2}};
    receiver.put_all({0, 0, 1, 0});
    CHECK(receiver.window.counts().placed == 2);
    CHECK(receiver.window.counts().doubled == 2);
}

TEST_CASE("a packet for a chunk that was taken is late") {
    Receiver receiver{{.packets_per_chunk = 2, .max_open = 2}};
    receiver.put_all({0, 2, 4});
    REQUIRE(receiver.taken.size() == 1);
    CHECK(receiver.taken[0].missing == 1);
    receiver.put(1);
    CHECK(receiver.window.counts().late == 1);
    CHECK(receiver.window.counts().placed == 3);
    CHECK(receiver.taken[0].chunk->present == Flags{1, 0});
}

TEST_CASE("a chunk may be taken as soon as it is complete, and the window goes on behind it") {
    Receiver receiver{{.packets_per_chunk = 2, .max_open = 2}};
    receiver.put_all({0, 1});
    REQUIRE(receiver.window.oldest_is_complete());
    (void)receiver.window.take();
    CHECK(receiver.window.empty());
    CHECK_FALSE(receiver.window.oldest_is_complete());
    receiver.put_all({1, 3, 2});
    CHECK(receiver.window.counts().late == 1);
    receiver.finish();
    CHECK(first_sequences(receiver.taken) == Numbers{2});
}

TEST_CASE("chunks of which everything was lost come out empty, as long as they are few") {
    Receiver receiver{{.packets_per_chunk = 2, .max_open = 2}};
    receiver.put(0);
    receiver.put(5);  // as far as the window reaches
    receiver.finish();
    CHECK(first_sequences(receiver.taken) == Numbers{0, 2, 4});
    CHECK(receiver.taken[1].chunk->present == Flags{0, 0});
    CHECK(receiver.window.counts().missing == 4);
    CHECK(receiver.window.counts().restarts == 0);
}

TEST_CASE("one number far off does no harm") {
    Receiver receiver{{.packets_per_chunk = 2, .max_open = 2, .restart_after = 2}};
    receiver.put_all({0, 1, 1'000'000, 2, 1'000'001, 3, std::uint64_t{1} << 60, 1'000'000, 4});
    receiver.finish();
    CHECK(receiver.window.counts().astray == 4);
    CHECK(receiver.window.counts().restarts == 0);
    CHECK(receiver.window.counts().missing == 1);
    CHECK(first_sequences(receiver.taken) == Numbers{0, 2, 4});
}

TEST_CASE("the window starts anew where several packets in a row are") {
    Receiver receiver{{.packets_per_chunk = 4, .max_open = 2, .restart_after = 3}};
    receiver.put_all({0, 1, 1000, 1002, 1001, 1003, 1000});
    CHECK(receiver.window.counts().astray == 2);
    CHECK(receiver.window.counts().restarts == 1);
    CHECK(receiver.window.counts().late == 0);
    receiver.finish();
    CHECK(first_sequences(receiver.taken) == Numbers{0, 1000});
    CHECK(receiver.taken[1].chunk->present == Flags{1, 1, 0, 1});
}

TEST_CASE("a sender that starts again is followed back to its beginning") {
    Receiver receiver{{.packets_per_chunk = 2, .max_open = 2, .restart_after = 2}};
    receiver.put_all({100, 101, 102, 0, 1, 2, 3});
    receiver.finish();
    CHECK(first_sequences(receiver.taken) == Numbers{100, 102, 0, 2});
    CHECK(receiver.taken[2].chunk->present == Flags{0, 1});
}

TEST_CASE("a restart that is not gone through with is forgotten") {
    Receiver receiver{{.packets_per_chunk = 2, .max_open = 2, .restart_after = 1}};
    receiver.put_all({0, 1});
    CHECK(receiver.window.place(5000).needs_chunk);
    CHECK(receiver.window.must_take());
    receiver.put(2);
    CHECK_FALSE(receiver.window.place(3).needs_chunk);
    receiver.finish();
    CHECK(first_sequences(receiver.taken) == Numbers{0, 2});
    CHECK(receiver.window.counts().restarts == 0);
}

TEST_CASE("what is late, ahead and astray is told apart to the packet") {
    Receiver receiver{{.packets_per_chunk = 2, .max_open = 2}};
    receiver.put(100);
    CHECK(receiver.window.place(105).needs_chunk);
    CHECK_FALSE(receiver.window.place(106).needs_chunk);
    CHECK(receiver.window.counts().astray == 1);
    CHECK_FALSE(receiver.window.place(96));
    CHECK(receiver.window.counts().late == 1);
    CHECK_FALSE(receiver.window.place(95));
    CHECK(receiver.window.counts().late == 1);
    CHECK(receiver.window.counts().astray == 2);
}

TEST_CASE("a count of few bits that starts anew is the nearest, but none below zero") {
    Receiver receiver{
        {.packets_per_chunk = 2, .max_open = 2, .restart_after = 1, .sequence_bits = 16}};
    receiver.put_all({10, 0xABC0'0000 + 60'000, 10, 30'000, 60'000, 10});
    receiver.finish();
    CHECK(first_sequences(receiver.taken) ==
          Numbers{10, 60'000, 65'536 + 10, 65'536 + 30'000, 65'536 + 60'000, 2 * 65'536 + 10});
}

TEST_CASE("a sequence number of few bits counts on when it wraps") {
    Receiver receiver{{.packets_per_chunk = 4, .max_open = 2, .sequence_bits = 8}};
    for (std::uint64_t sequence = 250; sequence < 1000; ++sequence) {
        receiver.put(sequence & 0xFF);
    }
    receiver.finish();
    REQUIRE(receiver.taken.size() == 188);
    CHECK(receiver.window.counts().placed == 750);
    for (std::size_t number = 0; number < receiver.taken.size(); ++number) {
        REQUIRE(receiver.taken[number].first_sequence == 248 + 4 * number);
    }
}

TEST_CASE("chunks whose length does not divide the range of the numbers go on across the wrap") {
    Receiver receiver{{.packets_per_chunk = 7, .max_open = 2, .sequence_bits = 8}};
    for (std::uint64_t sequence = 0; sequence < 700; ++sequence) {
        receiver.put(sequence & 0xFF);
    }
    receiver.finish();
    REQUIRE(receiver.taken.size() == 100);
    CHECK(receiver.window.counts().missing == 0);
    CHECK(receiver.taken.back().first_sequence == 693);
    CHECK(receiver.taken.back().chunk->packets.back() == (699 & 0xFF));
}

TEST_CASE("numbers of 64 bits wrap too") {
    Receiver receiver{{.packets_per_chunk = 4, .max_open = 2}};
    std::uint64_t sequence = ~std::uint64_t{0} - 5;
    for (int count = 0; count < 12; ++count) {
        receiver.put(sequence++);
    }
    CHECK(receiver.window.counts().placed == 12);
    receiver.finish();
    CHECK(receiver.window.counts().missing == 4);
    CHECK(receiver.taken[1].first_sequence == ~std::uint64_t{0} - 3);
    CHECK(receiver.taken[2].first_sequence == 0);
}

TEST_CASE("bits above those of the sequence number do not count") {
    Receiver receiver{{.packets_per_chunk = 4, .max_open = 2, .sequence_bits = 16}};
    receiver.put_all({0x10000, 0xABCD0001, 2});
    receiver.finish();
    CHECK(first_sequences(receiver.taken) == Numbers{0});
    CHECK(receiver.window.counts().placed == 3);
}

TEST_CASE("a window says what is wrong with its arguments") {
    const auto refused = [](Window::Options options) {
        return text_of_invalid_argument([&] { const Window window{options}; });
    };
    CHECK(refused({}) == "juggle: PacketWindow: argument 'packets_per_chunk' is 0");
    CHECK(refused({.packets_per_chunk = 1, .max_open = 0}) ==
          "juggle: PacketWindow: argument 'max_open' is 0");
    CHECK(refused({.packets_per_chunk = 1, .restart_after = 0}) ==
          "juggle: PacketWindow: argument 'restart_after' is 0");
    CHECK(refused({.packets_per_chunk = 1, .sequence_bits = 65}) ==
          "juggle: PacketWindow: argument 'sequence_bits' is 65");
    CHECK(refused({.packets_per_chunk = 1, .sequence_bits = 1}) ==
          "juggle: PacketWindow: argument 'sequence_bits' is 1");
    CHECK(refused({.packets_per_chunk = 32, .max_open = 2, .sequence_bits = 8}) ==
          "juggle: PacketWindow: argument 'max_open' is 2");
    CHECK(refused({.packets_per_chunk = ~std::size_t{0}}) ==
          "juggle: PacketWindow: argument 'max_open' is 2");
    CHECK(refused({.packets_per_chunk = 31, .max_open = 2, .sequence_bits = 8}).empty());
}

TEST_CASE("a window refuses what is out of turn, and goes on") {
    Window window{{.packets_per_chunk = 2, .max_open = 1}};
    CHECK_THROWS_AS(window.take(), std::logic_error);
    auto early = std::make_unique<Memory>(2);
    Memory& memory = *early;
    CHECK_THROWS_AS(window.open(std::move(early), memory.present), std::logic_error);
    REQUIRE(window.place(0).needs_chunk);
    CHECK(text_of_invalid_argument([&] {
              auto wrong = std::make_unique<Memory>(3);
              Memory& of_wrong = *wrong;
              window.open(std::move(wrong), of_wrong.present);
          }) == "juggle: PacketWindow::open: argument 'present' has 3 bytes, not 2");
    auto first = std::make_unique<Memory>(2);
    Memory& of_first = *first;
    window.open(std::move(first), of_first.present);
    CHECK(window.place(0));
    auto second = std::make_unique<Memory>(2);
    Memory& of_second = *second;
    CHECK_THROWS_AS(window.open(std::move(second), of_second.present), std::logic_error);
    CHECK(window.place(1));
    CHECK(window.take().missing == 0);
}

namespace {

/// What became of a stream with losses, doubles and reordering, told without any window: a packet
/// counts for its chunk if that is no more than `max_open - 1` chunks older than the newest that
/// was seen before.
class Model {
public:
    Model(std::uint64_t per_chunk, std::uint64_t max_open)
        : per_chunk_{per_chunk}, max_open_{max_open} {}

    void put(std::uint64_t position) {
        const std::uint64_t chunk = position / per_chunk_;
        if (chunks_.empty() || chunk > newest_) {
            newest_ = chunk;
        }
        if (chunks_.empty()) {
            oldest_ = chunk;
        }
        oldest_ = std::max(oldest_, newest_ + 1 < max_open_ ? 0 : newest_ + 1 - max_open_);
        if (chunk < oldest_) {
            ++late;
        } else if (!chunks_[chunk].insert({position % per_chunk_, true}).second) {
            ++doubled;
        }
    }
    [[nodiscard]] bool has(std::uint64_t chunk, std::uint64_t index) const {
        const auto found = chunks_.find(chunk);
        return found != chunks_.end() && found->second.contains(index);
    }

    std::uint64_t late = 0;
    std::uint64_t doubled = 0;

private:
    std::uint64_t per_chunk_;
    std::uint64_t max_open_;
    std::uint64_t newest_ = 0;
    std::uint64_t oldest_ = 0;
    std::map<std::uint64_t, std::map<std::uint64_t, bool>> chunks_;
};

void compare_with_model(unsigned seed) {
    std::mt19937 random{seed};
    const auto below = [&random](std::uint32_t bound) {
        return static_cast<std::uint32_t>(random() % bound);
    };
    const std::uint64_t per_chunk = 1 + below(9);
    const std::uint64_t max_open = 2 + below(3);  // so that nothing is astray
    const unsigned bits = 8 + below(57);
    const std::uint64_t mask = ~std::uint64_t{0} >> (64 - bits);
    // Begins so that the wrap comes soon, at the first place of a chunk: where the model's count
    // does.
    const std::uint64_t begin = (mask - below(40)) / per_chunk * per_chunk;
    Receiver receiver{{.packets_per_chunk = static_cast<std::size_t>(per_chunk),
                       .max_open = static_cast<std::size_t>(max_open),
                       .sequence_bits = bits}};
    Model model{per_chunk, max_open};
    std::uint64_t position = 0;
    for (int step = 0; step < 400; ++step) {
        position += below(10) == 0 ? below(static_cast<std::uint32_t>(per_chunk) + 1) : 1;
        const std::uint64_t back =
            below(4) == 0 ? below(static_cast<std::uint32_t>(per_chunk) + 1) : 0;
        const std::uint64_t sent = step == 0 ? 0 : position - std::min(back, position);
        model.put(sent);
        receiver.put((begin + sent) & mask);
    }
    receiver.finish();
    CAPTURE(seed, per_chunk, max_open, bits);
    REQUIRE(receiver.window.counts().late == model.late);
    REQUIRE(receiver.window.counts().doubled == model.doubled);
    REQUIRE(receiver.window.counts().placed + model.late + model.doubled == 400);
    for (std::size_t chunk = 0; chunk < receiver.taken.size(); ++chunk) {
        const Memory& memory = *receiver.taken[chunk].chunk;
        REQUIRE(receiver.taken[chunk].first_sequence == begin + chunk * per_chunk);
        for (std::size_t index = 0; index < per_chunk; ++index) {
            REQUIRE((memory.present[index] == 1) == model.has(chunk, index));
            if (memory.present[index] == 1) {
                REQUIRE(memory.packets[index] == ((begin + chunk * per_chunk + index) & mask));
            }
        }
    }
}

}  // namespace

TEST_CASE("random streams end as a model without a window says") {
    for (unsigned seed = 0; seed < 2000; ++seed) {
        compare_with_model(seed);
    }
}

TEST_CASE("any numbers at all leave the window in order") {
    std::mt19937_64 random{1};
    for (const unsigned bits : {8U, 16U, 32U, 48U, 64U}) {
        Receiver receiver{
            {.packets_per_chunk = 3, .max_open = 2, .restart_after = 2, .sequence_bits = bits}};
        std::uint64_t near = 0;
        for (int step = 0; step < 20'000; ++step) {
            near = random() % 8 == 0 ? random() : near + random() % 5 - 2;
            receiver.put(near);
            if (random() % 16 == 0 && receiver.window.oldest_is_complete()) {
                receiver.taken.push_back(receiver.window.take());
            }
        }
        receiver.finish();
        const Window::Counts& counts = receiver.window.counts();
        CHECK(counts.placed + counts.late + counts.doubled + counts.astray == 20'000);
        CHECK(counts.placed + counts.missing == 3 * counts.chunks);
        CHECK(counts.chunks == receiver.taken.size());
    }
}
