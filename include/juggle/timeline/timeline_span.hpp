#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/detail/base/task_key.hpp>

#include <cstdint>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

namespace detail {
class Recorder;
}

/// Something that a program does, to be shown in a `Timeline`: from `Timeline::span` until it is
/// destroyed. Move-only. The timeline must outlive it; it is for the executor's own thread.
class [[nodiscard("a span lasts as long as the object")]] JUGGLE_EXPORT TimelineSpan {
public:
    TimelineSpan(TimelineSpan&& other) noexcept
        : recorder_{std::exchange(other.recorder_, nullptr)}, begin_{other.begin_},
          task_{other.task_}, chunk_{other.chunk_}, track_{other.track_}, text_{other.text_} {}
    TimelineSpan& operator=(TimelineSpan&&) = delete;
    ~TimelineSpan() { end(); }

    /// Ends it now. Nothing happens if it has ended.
    void end() noexcept;

private:
    friend class Timeline;
    TimelineSpan(detail::Recorder& recorder, std::uint64_t chunk, std::uint32_t track,
                 std::uint32_t text) noexcept;

    detail::Recorder* recorder_;
    std::int64_t begin_;
    detail::TaskKey task_;
    std::uint64_t chunk_;
    std::uint32_t track_;
    std::uint32_t text_;
};

}  // namespace juggle
