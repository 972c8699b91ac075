#include "spead/heap_cutter.hpp"
#include "spead/packet.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

using spead::ItemPointer;
using spead::Packet;

namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
    std::vector<std::byte> result;
    for (const int value : values) {
        result.push_back(static_cast<std::byte>(value));
    }
    return result;
}

/// As the protocol's documents lay it out, byte by byte: heap 5 of 6 bytes, of which these are the
/// last 2; a timestamp of 0x0102030405; and samples from byte 0 on.
std::vector<std::byte> known_packet() {
    return bytes({
        0x53, 4,    2, 6,    0, 0, 0, 6,  // the flavour, and how many items
        0x80, 1,    0, 0,    0, 0, 0, 5,  // heap count
        0x80, 2,    0, 0,    0, 0, 0, 6,  // heap size
        0x80, 3,    0, 0,    0, 0, 0, 4,  // heap offset
        0x80, 4,    0, 0,    0, 0, 0, 2,  // payload length
        0x96, 0x00, 0, 0x01, 2, 3, 4, 5,  // an immediate item
        0x33, 0x00, 0, 0,    0, 0, 0, 0,  // one that is in the payload
        0xaa, 0xbb,                       //
    });
}

}  // namespace

TEST_CASE("A packet of SPEAD-64-48 is read as its bytes say") {
    const std::vector<std::byte> datagram = known_packet();
    const auto packet = Packet::parse(datagram);
    REQUIRE(packet);
    CHECK(packet->heap_count() == 5);
    CHECK(packet->heap_size() == 6);
    CHECK(packet->heap_offset() == 4);
    CHECK(std::ranges::equal(packet->payload(), bytes({0xaa, 0xbb})));
    CHECK(packet->items() == 6);
    const auto timestamp = packet->find(0x1600);
    REQUIRE(timestamp);
    CHECK(timestamp->is_immediate());
    CHECK(timestamp->value() == 0x0102030405);
    const auto samples = packet->find(0x3300);
    REQUIRE(samples);
    CHECK_FALSE(samples->is_immediate());
    CHECK(samples->value() == 0);
    CHECK_FALSE(packet->find(0x3301));
}

TEST_CASE("A header is written as it is read") {
    const std::array items{ItemPointer::immediate(0x1600, 0x0102030405),
                           ItemPointer::at(0x3300, 0)};
    std::vector<std::byte> datagram(spead::header_size(items.size()));
    write_header({.heap_count = 5, .heap_size = 6, .heap_offset = 4, .payload_length = 2}, items,
                 datagram);
    const std::vector<std::byte> known = known_packet();
    CHECK(std::ranges::equal(datagram, std::span{known}.first(datagram.size())));
}

TEST_CASE("A packet that is cut off anywhere is none") {
    const std::vector<std::byte> whole = known_packet();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        // A copy of its own, so that a sanitizer sees what is read beyond.
        const std::vector<std::byte> part(whole.begin(),
                                          whole.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_FALSE(Packet::parse(part));
    }
    std::vector<std::byte> longer = whole;
    longer.push_back(std::byte{1});
    const auto packet = Packet::parse(longer);
    REQUIRE(packet);
    CHECK(packet->payload().size() == 2);
}

TEST_CASE("Another protocol, version or flavour is no packet") {
    for (const std::size_t place : {0U, 1U, 2U, 3U}) {
        std::vector<std::byte> datagram = known_packet();
        datagram[place] ^= std::byte{1};
        CHECK_FALSE(Packet::parse(datagram));
    }
}

TEST_CASE("A packet without one of the items that place it is none") {
    for (std::size_t item = 0; item < 4; ++item) {
        std::vector<std::byte> datagram = known_packet();
        datagram[8 + 8 * item + 1] = std::byte{0x70};  // another identifier
        CHECK_FALSE(Packet::parse(datagram));
        datagram = known_packet();
        datagram[8 + 8 * item] = std::byte{0};  // not immediate
        CHECK_FALSE(Packet::parse(datagram));
    }
}

TEST_CASE("A payload has to fit into the datagram and into the heap") {
    std::vector<std::byte> datagram = known_packet();
    datagram[39] = std::byte{3};
    CHECK_FALSE(Packet::parse(datagram));
    datagram[39] = std::byte{2};
    datagram[31] = std::byte{5};
    CHECK_FALSE(Packet::parse(datagram));
    for (std::size_t i = 26; i < 32; ++i) {
        datagram[i] = std::byte{0xff};  // the largest offset there is
    }
    CHECK_FALSE(Packet::parse(datagram));
}

TEST_CASE("A heap is cut into packets that all say what it is") {
    std::vector<std::byte> payload(2500);
    for (std::size_t i = 0; i < payload.size(); ++i) {
        payload[i] = static_cast<std::byte>(i % 251);
    }
    const std::array items{ItemPointer::immediate(0x1600, 77), ItemPointer::at(0x4300, 0)};
    spead::HeapCutter cutter{items.size(), 1000};
    const auto packets = cutter.cut(9, items, payload);
    REQUIRE(packets.size() == 3);  // 944 bytes each, with 56 of header
    std::vector<std::byte> together;
    for (const juggle::asio::PacketParts& parts : packets) {
        CHECK(parts.size() <= 1000);
        std::vector<std::byte> datagram(parts.header.begin(), parts.header.end());
        datagram.insert(datagram.end(), parts.payload.begin(), parts.payload.end());
        const auto packet = Packet::parse(datagram);
        REQUIRE(packet);
        CHECK(packet->heap_count() == 9);
        CHECK(packet->heap_size() == payload.size());
        CHECK(packet->heap_offset() == together.size());
        CHECK(packet->find(0x1600)->value() == 77);
        together.insert(together.end(), packet->payload().begin(), packet->payload().end());
    }
    CHECK(packets[0].size() == packets[1].size());
    CHECK(together == payload);
}

TEST_CASE("A heap without a payload is one packet") {
    const std::array items{ItemPointer::immediate(spead::item::stream_control, spead::stream_stop)};
    spead::HeapCutter cutter{items.size(), spead::header_size(items.size()) + 1};
    const auto packets = cutter.cut(1, items, {});
    REQUIRE(packets.size() == 1);
    CHECK(packets[0].payload.empty());
    CHECK(Packet::parse(packets[0].header).has_value());
}
