#include "memory.hpp"

#include "execution.hpp"

#include <cstring>

namespace model {

void Memory::reset() {
    locations_.clear();
    locations_.reserve(max_locations);
}

Location& Memory::at(std::uintptr_t address) {
    for (Location& location : locations_) {
        if (location.address == address) {
            return location;
        }
    }
    if (locations_.size() == max_locations) {
        fail("the checker knows no more than " + std::to_string(max_locations) + " atomics");
    }
    Location& location = locations_.emplace_back();
    location.address = address;
    location.id = locations_.size() - 1;
    return location;
}

Location& Memory::atomic_at(std::uintptr_t address, unsigned size) {
    Location& location = at(address);
    if (location.stores.empty()) {
        location.size = size;
        location.last_key += key_gap;
        location.stores.push_back({load(address, size), location.last_key, false, {}, {}, -1});
    }
    if (location.size != size) {
        fail("an atomic is used with two sizes");
    }
    return location;
}

std::uint32_t Memory::oldest(const Knowledge& knowledge, const Location& location, Order order) {
    const std::uint32_t known = knowledge.view[location.id];
    return order == seq_cst ? std::max({known, location.sequential, location.fenced}) : known;
}

void Memory::read(Knowledge& knowledge, Location& location, const Store& store, Order order) {
    std::uint32_t& known = knowledge.view[location.id];
    known = std::max(known, store.key);
    if (order == seq_cst) {
        location.sequential = std::max(location.sequential, store.key);
    }
    if (acquires(order)) {
        join_into(knowledge.clock, store.happened);
        join_into(knowledge.view, store.view);
    } else {
        join_into(knowledge.to_acquire, store.happened);
        join_into(knowledge.view_to_acquire, store.view);
    }
}

Store& Memory::write(Knowledge& knowledge, std::size_t thread, Location& location,
                     std::size_t behind, std::uint64_t value, Order order, bool rmw, int event) {
    std::vector<Store>& stores = location.stores;
    Store made{value, 0, false, {}, {}, event};
    if (behind + 1 == stores.size()) {
        location.last_key += key_gap;
        made.key = location.last_key;
    } else {
        made.key = (stores[behind].key + stores[behind + 1].key) / 2;
        if (made.key == stores[behind].key) {
            fail("the checker cannot order as many stores to one location");
        }
    }
    knowledge.view[location.id] = made.key;
    if (order == seq_cst) {
        location.sequential = std::max(location.sequential, made.key);
    }
    made.happened = releases(order) ? knowledge.clock : knowledge.released;
    made.view = releases(order) ? knowledge.view : knowledge.view_released;
    if (rmw) {
        // It goes on with the release sequence of what it has read.
        join_into(made.happened, stores[behind].happened);
        join_into(made.view, stores[behind].view);
        stores[behind].rmw_follows = true;
    }
    ++knowledge.clock[thread];
    const auto place = stores.begin() + static_cast<std::ptrdiff_t>(behind) + 1;
    Store& result = *stores.insert(place, made);
    store(location.address, location.size, stores.back().value);
    return result;
}

void Memory::fence(Knowledge& knowledge, Order order) {
    if (acquires(order)) {
        join_into(knowledge.clock, knowledge.to_acquire);
        join_into(knowledge.view, knowledge.view_to_acquire);
    }
    if (order == seq_cst) {
        for (Location& location : locations_) {
            std::uint32_t& known = knowledge.view[location.id];
            known = std::max({known, location.fenced, location.sequential});
            location.fenced = known;
        }
    }
    if (releases(order)) {
        knowledge.released = knowledge.clock;
        knowledge.view_released = knowledge.view;
    }
}

void Memory::forget(std::uintptr_t address) {
    for (Location& location : locations_) {
        if (location.address <= address && address < location.address + location.size) {
            location.stores.clear();
        }
    }
}

std::uint64_t Memory::load(std::uintptr_t address, unsigned size) {
    std::uint64_t value = 0;
    std::memcpy(&value, reinterpret_cast<const void*>(address), size);
    return value;
}

void Memory::store(std::uintptr_t address, unsigned size, std::uint64_t value) {
    std::memcpy(reinterpret_cast<void*>(address), &value, size);
}

}  // namespace model
