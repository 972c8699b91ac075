#include "event_shelf.hpp"

#include <juggle/cuda/record.hpp>

namespace juggle::inline JUGGLE_ABI::cuda {

Event record(CUstream stream) {
    const detail::StreamContext context{"record", stream};
    const detail::Driver& driver = context.driver();
    detail::EventRecord& record = detail::EventShelf::of(context, "record").take(driver, "record");
    Event event = detail::EventAccess::make(record);
    detail::check(detail::EventShelf::record(driver, record, stream), "record", "cuEventRecord");
    return event;
}

}  // namespace juggle::cuda
