#include "recorded_names.hpp"

#include <algorithm>
#include <new>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

constexpr std::size_t lane_kinds = static_cast<std::size_t>(TimelineLaneKind::resource) + 1;

}  // namespace

RecordedNames::RecordedNames() : track_numbers(lane_kinds) {
    tracks.push_back({.kind = TimelineLaneKind::spans, .name = "others"});
    texts.emplace_back("others");
}

std::uint32_t RecordedNames::add_track(RecordedLane track) noexcept {
    if (tracks.size() == most) {
        return others;
    }
    try {
        tracks.push_back(std::move(track));
    } catch (const std::bad_alloc&) {
        return others;
    }
    return static_cast<std::uint32_t>(tracks.size() - 1);
}

std::uint32_t RecordedNames::track(TimelineLaneKind kind, std::string_view name) noexcept {
    try {
        Numbers& numbers = track_numbers[static_cast<std::size_t>(kind)];
        if (const auto known = numbers.find(name); known != numbers.end()) {
            return known->second;
        }
        const std::uint32_t made = add_track({.kind = kind, .name = std::string{name}});
        if (made != others) {
            numbers.emplace(name, made);
        }
        return made;
    } catch (const std::bad_alloc&) {
        return others;
    }
}

std::uint32_t RecordedNames::text(std::string_view words) noexcept {
    try {
        if (const auto known = text_numbers.find(words); known != text_numbers.end()) {
            return known->second;
        }
        if (texts.size() == most) {
            return others;
        }
        texts.emplace_back(words);
        const auto made = static_cast<std::uint32_t>(texts.size() - 1);
        text_numbers.emplace(words, made);
        return made;
    } catch (const std::bad_alloc&) {
        return others;
    }
}

std::uint32_t RecordedNames::thread(std::thread::id id) {
    const auto known =
        std::ranges::find(threads, id, [](const auto& thread) { return thread.first; });
    if (known != threads.end()) {
        return known->second;
    }
    const std::string name = "thread " + std::to_string(threads.size() + 1);
    threads.emplace_back(id, track(TimelineLaneKind::thread, name));
    return threads.back().second;
}

}  // namespace juggle::detail
