#pragma once

#include <juggle/executor.hpp>
#include <juggle/opencl/clhpp.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

template <std::size_t event_count, class Function, class... Tickets>
class EnqueueAwaiter;

/// The memory for the events of one `enqueue`, an executor's: between two of them it is empty, and
/// kept so that in the steady state nothing is allocated.
class CommandStore final {
public:
    explicit CommandStore(Executor& executor) noexcept : executor_{executor} {}

    /// A command and, for an observer, its name.
    struct Done {
        cl::Event event{};
        std::string name{};
        std::string lane{};
    };

    /// Where the next command leaves its event; stays where it is.
    [[nodiscard]] cl::Event* add(std::string_view name, std::string_view lane) {
        if (size_ == pool_.size()) {
            pool_.push_back(std::make_unique<Done>());
        }
        Done& added = *pool_[size_];
        if (executor_.observer() != nullptr) [[unlikely]] {
            added.name = name;
            added.lane = lane;
        }
        ++size_;
        return &added.event;
    }

    [[nodiscard]] std::span<const std::unique_ptr<Done>> done() const noexcept {
        return {pool_.data(), size_};
    }
    [[nodiscard]] cl::Event last() const noexcept {
        return size_ == 0 ? cl::Event{} : pool_[size_ - 1]->event;
    }

    void clear() noexcept {
        waits.clear();
        for (; size_ != 0; --size_) {
            Done& over = *pool_[size_ - 1];
            over.event = cl::Event{};
            over.name.clear();
            over.lane.clear();
        }
    }

    std::vector<cl::Event> waits;

private:
    Executor& executor_;
    std::vector<std::unique_ptr<Done>> pool_;
    std::size_t size_ = 0;  // of the pool, in use
};

}  // namespace juggle::opencl::detail
