#pragma once

#include <juggle/detail/base/task_key.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace juggle::inline JUGGLE_ABI::detail {

/// The work of no chunk in particular.
inline constexpr std::uint64_t no_chunk = ~std::uint64_t{0};

/// What a bridge keeps in a sink: commands whose times come to be known later.
class CommandSinkPart {
public:
    virtual ~CommandSinkPart() = default;
    /// Shows what has ended since.
    virtual void catch_up() noexcept = 0;
};

/// Where a bridge shows the commands of its devices: the side of an observer that bridges see, so
/// that they need not know a `Timeline`. For the executor's thread. Nothing throws unless it says
/// so: what there is no memory for is lost, and counted.
class CommandSink {
public:
    CommandSink() = default;
    CommandSink(const CommandSink&) = delete;
    CommandSink& operator=(const CommandSink&) = delete;

    /// In nanoseconds of the steady clock, or of the sink's own.
    [[nodiscard]] virtual std::int64_t now() noexcept = 0;
    /// Its times are not those of the steady clock, which devices and threads are mapped to.
    [[nodiscard]] virtual bool has_own_clock() const noexcept = 0;

    /// Who is at work, and on which chunk.
    [[nodiscard]] virtual TaskKey task() const noexcept = 0;
    [[nodiscard]] virtual std::uint64_t chunk() const noexcept = 0;

    /// The numbers of a queue's lane and of a command's name.
    [[nodiscard]] virtual std::uint32_t queue_lane(std::string_view name) noexcept = 0;
    [[nodiscard]] virtual std::uint32_t text(std::string_view words) noexcept = 0;
    virtual void uses_device_time(std::uint32_t lane) noexcept = 0;

    /// A command that has ended.
    virtual void bar(std::uint32_t lane, std::uint32_t text, std::int64_t begin, std::int64_t end,
                     TaskKey task, std::uint64_t chunk) noexcept = 0;
    /// One that cannot be shown.
    virtual void lose() noexcept = 0;

    /// The bridge's own `P`, made by `P{CommandSink&}` when it is first asked for.
    /// `std::bad_alloc`.
    template <class P>
    [[nodiscard]] P& part() {
        static const char key = 0;
        CommandSinkPart* part = part_of(&key);
        if (part == nullptr) {
            part = &add_part(&key, std::make_unique<P>(*this));
        }
        return static_cast<P&>(*part);
    }

protected:
    ~CommandSink() = default;

private:
    [[nodiscard]] virtual CommandSinkPart* part_of(const void* key) noexcept = 0;
    virtual CommandSinkPart& add_part(const void* key, std::unique_ptr<CommandSinkPart> part) = 0;
};

}  // namespace juggle::detail
