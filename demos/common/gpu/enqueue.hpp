#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace common::gpu {

/// What is given to a queue through tickets: the function is called with the queue's Commands. To
/// be awaited in the expression that made it, for it refers to its arguments.
template <class Queue, class Function, class... Tickets>
class Enqueue {
public:
    Enqueue(const Queue& queue, Function& function, Tickets&... tickets) noexcept
        : work_{queue, function}, tickets_{tickets...} {}

    /// What it gives refers to this.
    [[nodiscard]] auto operator co_await() && {
        return std::apply(
            [this](Tickets&... tickets) { return work_.queue.enqueue(tickets..., work_); },
            tickets_);
    }

private:
    struct Work {
        void operator()(typename Queue::NativeCommands native) {
            typename Queue::Commands commands = queue.commands(native);
            function(commands);
        }

        const Queue& queue;
        Function& function;
    };

    Work work_;
    std::tuple<Tickets&...> tickets_;
};

namespace detail {

template <class Queue, class All, std::size_t... tickets>
auto enqueue(const Queue& queue, const All& all, std::index_sequence<tickets...>) {
    auto& function = std::get<sizeof...(tickets)>(all);
    return Enqueue<Queue, std::remove_reference_t<decltype(function)>,
                   std::remove_reference_t<std::tuple_element_t<tickets, All>>...>{
        queue, function, std::get<tickets>(all)...};
}

}  // namespace detail

/// `co_await enqueue(queue, tickets..., function)`: that of the queue's bridge, juggle::opencl or
/// juggle::cuda, with a function that gives its commands to the queue by an argument `commands`:
///
///     co_await gpu::enqueue(upload, in, out, [&](auto& commands) {
///         commands.write("upload", *out, 0, in->bytes());
///     });
template <class Queue, class... Arguments>
[[nodiscard]] auto enqueue(const Queue& queue, Arguments&&... arguments) {
    return detail::enqueue(queue, std::tie(arguments...),
                           std::make_index_sequence<sizeof...(Arguments) - 1>{});
}

}  // namespace common::gpu
