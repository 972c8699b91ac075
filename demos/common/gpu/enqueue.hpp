#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace common::gpu {

/// What is given to a queue through tickets: the function is called with the queue's Commands.
template <class Queue, class Function>
struct Work {
    void operator()(typename Queue::NativeCommands native) {
        typename Queue::Commands commands = queue.commands(native);
        function(commands);
    }

    const Queue& queue;
    Function function;
};

namespace detail {

template <class Queue, class Arguments, std::size_t... tickets>
auto enqueue(const Queue& queue, Arguments&& arguments, std::index_sequence<tickets...>) {
    using Function = std::remove_cvref_t<std::tuple_element_t<sizeof...(tickets), Arguments>>;
    return queue.enqueue(std::get<tickets>(arguments)...,
                         Work<Queue, Function>{queue, std::get<sizeof...(tickets)>(arguments)});
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
    return detail::enqueue(queue, std::forward_as_tuple(std::forward<Arguments>(arguments)...),
                           std::make_index_sequence<sizeof...(Arguments) - 1>{});
}

}  // namespace common::gpu
