#pragma once

#include <juggle/asio/detail/net.hpp>

#include <array>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#pragma push_macro("emit")
#undef emit  // Qt's

namespace juggle::inline JUGGLE_ABI::asio::inline JUGGLE_ASIO_FLAVOUR::detail {

/// What an operation does when it is cancelled, kept inside of what awaits it. Asio's
/// `cancellation_signal` allocates a block for that, for each operation that begins outside of
/// `io_context::run`.
class CancellationState {
public:
    CancellationState() noexcept = default;  // leaves the block as it is
    ~CancellationState() { clear(); }
    CancellationState(const CancellationState&) = delete;
    CancellationState& operator=(const CancellationState&) = delete;

    void cancel(net::cancellation_type type) {
        if (call_ != nullptr) {
            call_(handler_, type);
        }
        signal_.emit(type);
    }

    template <class Handler, class... Arguments>
    Handler& emplace(Arguments&&... arguments) {
        clear();
        if (is_asios_) {
            return signal_.slot().template emplace<Handler>(std::forward<Arguments>(arguments)...);
        }
        constexpr bool fits =
            sizeof(Handler) <= sizeof(block_) && alignof(Handler) <= alignof(std::max_align_t);
        Handler* handler = nullptr;
        if constexpr (fits) {
            handler = ::new (static_cast<void*>(block_.data()))
                Handler(std::forward<Arguments>(arguments)...);
        } else {
            handler = new Handler(std::forward<Arguments>(arguments)...);
        }
        handler_ = handler;
        call_ = [](void* of, net::cancellation_type type) { (*static_cast<Handler*>(of))(type); };
        destroy_ = [](void* of) noexcept {
            if constexpr (fits) {
                static_cast<Handler*>(of)->~Handler();
            } else {
                delete static_cast<Handler*>(of);
            }
        };
        return *handler;
    }

    void clear() noexcept {
        if (call_ != nullptr) {
            call_ = nullptr;
            destroy_(handler_);
        }
        if (is_asios_) {
            signal_.slot().clear();
        }
    }

    [[nodiscard]] bool has_handler() noexcept {
        return call_ != nullptr || signal_.slot().has_handler();
    }

    /// For Boost.Beast, which fills the handler's slot and clears Asio's: from now on they are one.
    [[nodiscard]] net::cancellation_slot slot_of_asio() noexcept {
        is_asios_ = true;
        return signal_.slot();
    }

private:
    void (*call_)(void*, net::cancellation_type) = nullptr;  // null: there is no handler
    void (*destroy_)(void*) noexcept = nullptr;
    void* handler_ = nullptr;
    net::cancellation_signal signal_;  // allocates when something is put into its slot
    bool is_asios_ = false;
    alignas(std::max_align_t) std::array<std::byte, 64> block_;
};

/// The same, as a handler's associated cancellation slot (Asio's requirements *CancellationSlot*).
class CancellationSlot {
public:
    explicit CancellationSlot(CancellationState& state) noexcept : state_{&state} {}

    template <class Handler, class... Arguments>
    Handler& emplace(Arguments&&... arguments) {
        return state_->emplace<Handler>(std::forward<Arguments>(arguments)...);
    }
    template <class Handler>
    std::decay_t<Handler>& assign(Handler&& handler) {
        return state_->emplace<std::decay_t<Handler>>(std::forward<Handler>(handler));
    }
    void clear() noexcept { state_->clear(); }

    /// As Boost.Beast wants it.
    operator net::cancellation_slot() const noexcept { return state_->slot_of_asio(); }

    [[nodiscard]] bool is_connected() const noexcept { return true; }
    [[nodiscard]] bool has_handler() const noexcept { return state_->has_handler(); }
    [[nodiscard]] bool operator==(const CancellationSlot&) const noexcept = default;

private:
    CancellationState* state_;
};

}  // namespace juggle::asio::inline JUGGLE_ASIO_FLAVOUR::detail

#pragma pop_macro("emit")
