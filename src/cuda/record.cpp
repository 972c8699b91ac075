#include "command_recorder.hpp"
#include "event_shelf.hpp"

#include <juggle/cuda/record.hpp>
#include <juggle/executor.hpp>

namespace juggle::inline JUGGLE_ABI::cuda {

namespace {

/// An observer may be shown when the event has completed.
bool is_timed() noexcept {
    const Executor* const executor = Executor::current();
    return executor != nullptr && detail::if_looks_at_commands(executor->observer()) != nullptr;
}

}  // namespace

Event record(CUstream stream) {
    const detail::StreamContext context{"record", stream};
    const detail::Driver& driver = context.driver();
    detail::EventRecord& record =
        detail::EventShelf::of(context, "record").take(driver, "record", is_timed());
    Event event = detail::EventAccess::make(record);
    detail::check(detail::EventShelf::record(driver, record, stream), "record", "cuEventRecord");
    return event;
}

}  // namespace juggle::cuda
