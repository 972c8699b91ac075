#pragma once

#include <juggle/detail/base/export.hpp>
#include <juggle/resource.hpp>

#include <concepts>
#include <cstddef>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI {

namespace detail {
[[noreturn]] JUGGLE_EXPORT void throw_empty_ring(const char* what);
[[noreturn]] JUGGLE_EXPORT void throw_no_slot(std::size_t index, std::size_t size);
[[nodiscard]] JUGGLE_EXPORT std::string slot_name(const std::string& ring, std::size_t index);

/// Makes the value of a slot from its index.
template <class Make, class T>
concept SlotMaker = std::invocable<Make&, std::size_t> &&
                    std::convertible_to<std::invoke_result_t<Make&, std::size_t>, T>;
}  // namespace detail

/// Interchangeable buffers that are used in turn: two for double buffering, three for triple
/// buffering. While one is filled the one before may still be read.
///
/// ```
/// juggle::ResourceRing<std::vector<float>, cl::Event> chunks{
///     "chunk", 3, [](std::size_t) { return std::vector<float>(1024); }};
///
/// auto ticket = chunks.acquire();  // on the first; the next call's is on the second, and so on
/// ```
///
/// Each slot is a `Resource`. The tickets go round, so the order of `acquire` is kept: a slot that
/// is free is not given out of turn. Not for buffers that differ, and not for a pool of which
/// everybody takes what is free first.
///
/// For the executor's own thread. Move-only; moving keeps the allocations, and leaves a ring that
/// must not be used.
template <class T, DeviceEvent Event = NoEvent>
class ResourceRing {
public:
    using value_type = T;
    using event_type = Event;
    using Slot = Resource<T, Event>;
    using Allocation = typename Slot::Allocation;

    /// One slot for each value. `std::invalid_argument` if there is none.
    explicit ResourceRing(std::vector<T> values,
                          std::source_location where = std::source_location::current())
        : ResourceRing{std::string{}, std::move(values), where} {}

    /// With a name, for messages: the slots are `name[0]`, `name[1]` and so on.
    ResourceRing(const std::string& name, std::vector<T> values,
                 std::source_location where = std::source_location::current()) {
        if (values.empty()) {
            detail::throw_empty_ring("argument 'values' is empty");
        }
        slots_.reserve(values.size());
        for (auto&& value : values) {
            add_slot(name, std::move(value), where);
        }
    }

    /// `count` slots with the values `make(0)`, `make(1)` and so on. `std::invalid_argument` if
    /// `count` is zero.
    template <detail::SlotMaker<T> Make>
    ResourceRing(std::size_t count, Make make,
                 std::source_location where = std::source_location::current())
        : ResourceRing{std::string{}, count, std::move(make), where} {}

    template <detail::SlotMaker<T> Make>
    ResourceRing(const std::string& name, std::size_t count, Make make,
                 std::source_location where = std::source_location::current()) {
        if (count == 0) {
            detail::throw_empty_ring("argument 'count' is 0");
        }
        slots_.reserve(count);
        for (std::size_t index = 0; index < count; ++index) {
            add_slot(name, make(index), where);
        }
    }

    ResourceRing(ResourceRing&& other) noexcept = default;
    ResourceRing& operator=(ResourceRing&& other) noexcept = default;
    ~ResourceRing() = default;

    /// Takes the next place in the queue of the next slot, now. See `Resource::acquire`.
    [[nodiscard]] Allocation acquire(
        std::source_location where = std::source_location::current()) noexcept {
        return next().acquire(where);
    }

    /// The next slot, whose turn this is: for several tickets that are taken at one moment, such as
    /// that of who fills a buffer and those of all who read it.
    ///
    /// ```
    /// auto& slot = chunks.next();
    /// auto writer = slot.acquire();
    /// auto left = slot.acquire_shared();
    /// auto right = slot.acquire_shared();
    /// ```
    [[nodiscard]] Slot& next() noexcept {
        if (detail::has_checks && slots_.empty()) {
            detail::misuse("juggle: a ring of resources was used after it was moved from");
        }
        Slot& slot = slots_[next_];
        if (++next_ == slots_.size()) {
            next_ = 0;
        }
        return slot;
    }

    [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }

    /// A slot as a resource: to fill it before its turn, or to clear its poison. What is acquired
    /// there does not count as a turn of the ring. `std::out_of_range`.
    [[nodiscard]] Slot& operator[](std::size_t index) {
        if (index >= slots_.size()) {
            detail::throw_no_slot(index, slots_.size());
        }
        return slots_[index];
    }
    [[nodiscard]] const Slot& operator[](std::size_t index) const {
        if (index >= slots_.size()) {
            detail::throw_no_slot(index, slots_.size());
        }
        return slots_[index];
    }

    [[nodiscard]] auto begin() noexcept { return slots_.begin(); }
    [[nodiscard]] auto end() noexcept { return slots_.end(); }
    [[nodiscard]] auto begin() const noexcept { return slots_.begin(); }
    [[nodiscard]] auto end() const noexcept { return slots_.end(); }

private:
    void add_slot(const std::string& ring, T value, std::source_location where) {
        if (ring.empty()) {
            slots_.emplace_back(std::move(value), where);
        } else {
            slots_.emplace_back(detail::slot_name(ring, slots_.size()), std::move(value), where);
        }
    }

    std::vector<Slot> slots_;
    std::size_t next_ = 0;
};

}  // namespace juggle
