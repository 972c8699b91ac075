#include "common/rtl_tcp_header.hpp"

#include "common/big_endian.hpp"

#include <algorithm>

namespace common {
namespace {

constexpr std::array magic{std::byte{'R'}, std::byte{'T'}, std::byte{'L'}, std::byte{'0'}};

}  // namespace

std::array<std::byte, RtlTcpHeader::size> RtlTcpHeader::bytes() const {
    std::array<std::byte, size> all{};
    const std::span<std::byte, size> to{all};
    std::ranges::copy(magic, all.begin());
    put_big_endian(tuner, to.subspan<4, 4>());
    put_big_endian(gains, to.subspan<8, 4>());
    return all;
}

std::optional<RtlTcpHeader> RtlTcpHeader::from(std::span<const std::byte, size> bytes) {
    if (!std::ranges::equal(bytes.first<4>(), magic)) {
        return std::nullopt;
    }
    return RtlTcpHeader{.tuner = big_endian(bytes.subspan<4, 4>()),
                        .gains = big_endian(bytes.subspan<8, 4>())};
}

}  // namespace common
