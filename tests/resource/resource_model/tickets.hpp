// Tickets of either kind, alone or in a set, that can be handled alike.
#pragma once

#include <juggle/acquire_all.hpp>
#include <juggle/resource.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace resource_model {

/// What the resources guard. Says whether it lives.
struct Value {
    std::shared_ptr<int> alive;
};

template <class Event>
struct Tickets {
    using Resource = juggle::Resource<Value, Event>;
    using Exclusive = typename Resource::Allocation;
    using Shared = typename Resource::SharedAllocation;

    /// The sets that there are.
    using Set = std::variant<
        juggle::AllocationSet<Exclusive, Exclusive>, juggle::AllocationSet<Exclusive, Shared>,
        juggle::AllocationSet<Shared, Shared>, juggle::AllocationSet<Shared, Exclusive, Exclusive>>;

    /// A ticket, which lives here or in a set.
    class Any {
    public:
        Any() = default;
        explicit Any(Exclusive ticket) : own_{std::move(ticket)} {}
        explicit Any(Shared ticket) : own_{std::move(ticket)} {}
        explicit Any(Exclusive* member) : own_{member} {}
        explicit Any(Shared* member) : own_{member} {}

        template <class Function>
        decltype(auto) visit(Function function) {
            return std::visit(
                [&function](auto& ticket) -> decltype(auto) {
                    if constexpr (std::is_pointer_v<std::remove_cvref_t<decltype(ticket)>>) {
                        return function(*ticket);
                    } else {
                        return function(ticket);
                    }
                },
                own_);
        }

        void drop() {
            visit([](auto& ticket) { ticket = std::remove_cvref_t<decltype(ticket)>{}; });
        }

    private:
        std::variant<Exclusive, Shared, Exclusive*, Shared*> own_;
    };
};

}  // namespace resource_model
