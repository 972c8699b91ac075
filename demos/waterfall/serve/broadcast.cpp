#include "serve/broadcast.hpp"

#include <utility>

namespace waterfall {
namespace {

// The most that a browser may be behind before it skips rows, and so the most that one message
// holds.
constexpr std::size_t bytes_kept = std::size_t{256} * 1024;

}  // namespace

Broadcast::Broadcast(std::string stream, std::size_t channels)
    : stream_(std::move(stream)), rows_(channels, bytes_kept) {}

void Broadcast::append(std::span<const float> rows, std::uint64_t lost) {
    rows_.append(rows, lost);
    announce();
}

void Broadcast::set_status(std::string message) {
    status_ = std::move(message);
    ++statuses_;
    announce();
}

void Broadcast::remove_browser() noexcept {
    --browsers_;
    announce();
}

void Broadcast::announce() noexcept {
    news_.set();
    news_.reset();
}

}  // namespace waterfall
