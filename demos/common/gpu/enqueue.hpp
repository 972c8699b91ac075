#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace common::gpu {

namespace detail {

/// What is given to a queue through tickets: the function is called with the queue's Commands.
template <class Queue, class Function>
struct Work {
    void operator()(typename Queue::NativeCommands native) {
        typename Queue::Commands commands = queue.commands(native);
        function(commands);
    }

    const Queue& queue;
    Function& function;
};

template <class Queue, class All, std::size_t... tickets>
auto enqueue(const Queue& queue, const All& all, std::index_sequence<tickets...>) {
    auto& function = std::get<sizeof...(tickets)>(all);
    return queue.enqueue(std::get<tickets>(all)...,
                         Work<Queue, std::remove_reference_t<decltype(function)>>{queue, function});
}

}  // namespace detail

/// `co_await enqueue(queue, tickets..., function)`: that of the queue's bridge, juggle::opencl or
/// juggle::cuda, with a function that gives its commands to the queue by an argument `commands`:
///
///     co_await gpu::enqueue(upload, in, out, [&](auto& commands) {
///         commands.write("upload", *out, 0, in->bytes());
///     });
///
/// To be awaited in the expression that made it, for it refers to the function.
template <class Queue, class... Arguments>
[[nodiscard]] auto enqueue(const Queue& queue, Arguments&&... arguments) {
    return detail::enqueue(queue, std::tie(arguments...),
                           std::make_index_sequence<sizeof...(Arguments) - 1>{});
}

}  // namespace common::gpu
