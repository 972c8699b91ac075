#pragma once

#include <juggle/detail/intrusive_list.hpp>
#include <juggle/detail/label.hpp>
#include <juggle/detail/misuse.hpp>

#include <cstddef>
#include <source_location>
#include <string>
#include <utility>

namespace juggle::detail {

class PermitAwaiter;
struct WaitReport;

/// The permits of a semaphore, and those who wait for some. It lives on until the last permit has
/// come back: one that is dropped too late finds it.
class PermitLine {
public:
    PermitLine(std::size_t permits, std::source_location made_at) noexcept
        : permits_{permits}, available_{permits}, label_{made_at} {}
    PermitLine(const PermitLine&) = delete;
    PermitLine& operator=(const PermitLine&) = delete;

    [[nodiscard]] std::size_t permits() const noexcept { return permits_; }
    [[nodiscard]] std::size_t available() const noexcept { return available_; }
    void set_name(std::string name) noexcept { label_.set_name(std::move(name)); }
    void describe(std::size_t wanted, WaitReport& report) const;

    /// False: there are too few, or somebody came before.
    [[nodiscard]] bool try_take(std::size_t count) noexcept {
        check_thread();
        if (count > available_ || !waiters_.empty()) {
            return false;
        }
        available_ -= count;
        return true;
    }

    void give_back(std::size_t count) noexcept {
        check_thread();
        available_ += count;
        if (!waiters_.empty()) {
            serve();
        }
        if (semaphore_is_gone_ && idle()) [[unlikely]] {
            delete this;
        }
    }

    void join(PermitAwaiter& waiter) noexcept;
    void leave(PermitAwaiter& waiter) noexcept;

    /// The semaphore is destroyed. Aborts, in debug builds, if permits are out or wanted.
    void semaphore_goes() noexcept;

private:
    ~PermitLine() = default;

    [[nodiscard]] bool idle() const noexcept { return available_ == permits_ && waiters_.empty(); }

    void check_thread() noexcept {
        if constexpr (checks_threads) {
            if (idle()) {
                guard_.bind();
            }
            guard_.check("juggle: a semaphore was used from two threads");
        }
    }

    /// Gives permits to those at the front for whom there are enough.
    void serve() noexcept;

    std::size_t permits_;
    std::size_t available_;
    Label label_;
    IntrusiveList<PermitAwaiter> waiters_;
    ThreadGuard guard_;
    bool serving_ = false;
    bool semaphore_is_gone_ = false;
};

}  // namespace juggle::detail
