#pragma once

#include <juggle/config.hpp>

namespace juggle::inline JUGGLE_ABI {

class PostNode;

namespace detail {
class Inbox;
class PromiseBase;
class ReadyQueue;
}  // namespace detail

/// Something an executor is to do at one of its next ticks.
///
/// Derive from it (or hold one) in an object that lives until the function has been called, and
/// give it to `Executor::post` or `Poster::post` from any thread: nothing is allocated. A node may
/// be in one executor's hands at a time; it may be posted again from inside its own function.
///
/// To resume a coroutine, await something from this library instead; this is for bridges to
/// drivers and foreign event sources.
class PostNode {
public:
    /// Called on the executor's thread. It must not throw.
    using RunFunction = void (*)(PostNode&) noexcept;

    explicit PostNode(RunFunction run) noexcept : run_{run} {}

    PostNode(const PostNode&) = delete;
    PostNode& operator=(const PostNode&) = delete;

protected:
    ~PostNode() = default;
    /// For a node that is in nobody's hands.
    void call_instead(RunFunction run) noexcept { run_ = run; }

private:
    friend class detail::Inbox;
    friend class detail::PromiseBase;
    friend class detail::ReadyQueue;

    /// A coroutine, which says what is to be called when it first waits.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init,modernize-use-equals-default)
    PostNode() noexcept {}

    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): whoever links it sets it
    PostNode* next_;
    RunFunction run_;
};

}  // namespace juggle
