#pragma once

#include "recorder.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

struct RecordedLane {
    TimelineLaneKind kind{};
    bool is_counter = false;
    bool device_time = false;
    std::uint64_t capacity = 0;
    std::string name;
};

/// What the numbers in a recorder's events stand for. Names are kept for as long as the recorder
/// lives, so there is an end to them: what comes later is called "others", which is number 0.
struct RecordedNames {
    using Numbers = std::map<std::string, std::uint32_t, std::less<>>;

    static constexpr std::size_t most = 4096;
    static constexpr std::uint32_t others = 0;

    RecordedNames();

    [[nodiscard]] std::uint32_t track(TimelineLaneKind kind, std::string_view name) noexcept;
    /// One that has its name for itself.
    [[nodiscard]] std::uint32_t add_track(RecordedLane track) noexcept;
    [[nodiscard]] std::uint32_t text(std::string_view words) noexcept;
    /// `std::bad_alloc` leaves all as it was.
    [[nodiscard]] std::uint32_t thread(std::thread::id id);

    std::vector<RecordedLane> tracks;
    std::vector<Numbers> track_numbers;  // of each kind
    std::vector<std::string> texts;
    Numbers text_numbers;
    std::vector<std::pair<std::thread::id, std::uint32_t>> threads;
    std::vector<std::pair<const void*, std::unique_ptr<CommandSinkPart>>> parts;
};

}  // namespace juggle::detail
