// What notices use from a second thread: nothing that a plain library has.

#include "support/catch.hpp"

#include <juggle/detail/base/label.hpp>
#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/wait_queue.hpp>
#include <juggle/detail/stream/channel_counts.hpp>
#include <juggle/detail/sync/permit_queue.hpp>

#include <cstddef>
#include <thread>
#include <type_traits>

namespace detail = juggle::detail;
using detail::ThreadGuard;

namespace {

constexpr std::size_t size_of_guard = detail::has_checks ? sizeof(std::thread::id) : 0;
constexpr std::size_t size_of_list = sizeof(detail::IntrusiveList<detail::ListNode>);
constexpr std::size_t word = sizeof(void*);  // a truth value takes one as well, for the alignment

static_assert(std::is_empty_v<ThreadGuard> == !detail::has_checks);
static_assert(sizeof(detail::WaitQueue) ==
              2 * word + sizeof(detail::Label) + size_of_guard + size_of_list);
static_assert(sizeof(detail::PermitQueue) ==
              6 * word + sizeof(detail::Label) + size_of_list + size_of_guard);
static_assert(sizeof(detail::ChannelCounts) ==
              6 * word + sizeof(detail::Label) + size_of_list + size_of_guard);

}  // namespace

TEST_CASE("a thread guard knows the thread that it was bound to, where the library has checks",
          "[threads]") {
    ThreadGuard guard;
    bool elsewhere = false;
    const auto ask_elsewhere = [&] {
        std::thread{[&] { elsewhere = guard.is_wrong_thread(); }}.join();
        return elsewhere;
    };
    CHECK_FALSE(guard.is_wrong_thread());
    CHECK_FALSE(ask_elsewhere());  // nobody has bound it
    guard.bind();
    CHECK_FALSE(guard.is_wrong_thread());
    CHECK(ask_elsewhere() == detail::has_checks);
}
