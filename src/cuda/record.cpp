#include "event_shelf.hpp"

#include <juggle/cuda/record.hpp>

namespace juggle::inline JUGGLE_ABI::cuda {

Event record(CUstream stream) {
    const detail::StreamContext context{"record", stream};
    return detail::EventAccess::make(
        detail::EventShelf::of(context, "record").record(context, stream, "record"));
}

}  // namespace juggle::cuda
