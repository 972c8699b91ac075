#pragma once

#include <juggle/allocation_set.hpp>
#include <juggle/detail/base/export.hpp>
#include <juggle/resource.hpp>

#include <array>
#include <cstddef>
#include <source_location>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI {

/// A resource of which a shared ticket is wanted: what `shared` gives.
template <class T, DeviceEvent Event>
struct SharedRequest {
    Resource<T, Event>& resource;
};

/// `acquire_all(a, shared(b))` takes an exclusive ticket on `a` and a shared one on `b`.
template <class T, DeviceEvent Event>
[[nodiscard]] SharedRequest<T, Event> shared(Resource<T, Event>& resource) noexcept {
    return {resource};
}

namespace detail {

/// What may be given to `acquire_all`, and which allocation comes of it.
template <class Request>
struct RequestTraits;

template <class T, DeviceEvent Event>
struct RequestTraits<Resource<T, Event>&> {
    using Allocation = typename Resource<T, Event>::Allocation;
    static TicketQueue& queue(Resource<T, Event>& resource) noexcept {
        return SetAccess::queue(resource);
    }
    static Allocation acquire(Resource<T, Event>& resource, std::source_location where) noexcept {
        return resource.acquire(where);
    }
};

template <class T, DeviceEvent Event>
struct RequestTraits<SharedRequest<T, Event>> {
    using Allocation = typename Resource<T, Event>::SharedAllocation;
    static TicketQueue& queue(SharedRequest<T, Event> request) noexcept {
        return SetAccess::queue(request.resource);
    }
    static Allocation acquire(SharedRequest<T, Event> request,
                              std::source_location where) noexcept {
        return request.resource.acquire_shared(where);
    }
};

template <class T, DeviceEvent Event>
struct RequestTraits<SharedRequest<T, Event>&> : RequestTraits<SharedRequest<T, Event>> {};
template <class T, DeviceEvent Event>
struct RequestTraits<const SharedRequest<T, Event>&> : RequestTraits<SharedRequest<T, Event>> {};

template <class Request>
using AllocationFor = typename RequestTraits<Request>::Allocation;

/// Throws `std::invalid_argument` if one is there twice.
JUGGLE_EXPORT void check_distinct(std::span<const TicketQueue* const> queues);

}  // namespace detail

/// Takes a ticket on each of several resources at one moment: two tasks that use the same ones
/// cannot wait for each other, in whatever order they name them.
///
/// ```
/// auto [from, to] = co_await juggle::acquire_all(account_a, account_b);  // both held
///
/// juggle::AllocationSet tickets = juggle::acquire_all(target, juggle::shared(source));
/// auto [target_buffer, source_buffer] = co_await tickets.wait_device(queue);
/// ```
///
/// To be used like a function; it is a class so as to know the line that calls it. Never waits.
/// `std::invalid_argument` if a resource is named twice; no ticket was taken then.
///
/// Not for resources that are used one after the other: whoever takes their tickets one by one
/// can release each as early as possible.
template <class... Requests>
    requires(sizeof...(Requests) != 0)
class [[nodiscard("dropping allocations passes their turns on")]] acquire_all
    : public AllocationSet<detail::AllocationFor<Requests>...> {
    using Set = AllocationSet<detail::AllocationFor<Requests>...>;

public:
    explicit acquire_all(Requests&&... requests,
                         std::source_location where = std::source_location::current())
        : Set{take(where, requests...)} {}

private:
    static Set take(std::source_location where, std::remove_reference_t<Requests>&... requests) {
        const std::array<const detail::TicketQueue*, sizeof...(Requests)> queues{
            &detail::RequestTraits<Requests>::queue(requests)...};
        detail::check_distinct(queues);
        return Set{detail::RequestTraits<Requests>::acquire(requests, where)...};
    }
};

template <class... Requests>
acquire_all(Requests&&...) -> acquire_all<Requests...>;

}  // namespace juggle

template <class... Requests>
struct std::tuple_size<juggle::acquire_all<Requests...>>
    : std::integral_constant<std::size_t, sizeof...(Requests)> {};

template <std::size_t index, class... Requests>
struct std::tuple_element<index, juggle::acquire_all<Requests...>> {
    using type =
        juggle::detail::AllocationFor<std::tuple_element_t<index, std::tuple<Requests...>>>;
};
