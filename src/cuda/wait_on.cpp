#include "stream_context.hpp"

#include <juggle/cuda/wait_on.hpp>

#include <cstddef>
#include <string>

namespace juggle::inline JUGGLE_ABI::cuda {

void wait_on(CUstream stream, std::span<const Event> events) {
    if (events.empty()) {
        return;
    }
    const detail::StreamContext context{"wait_on", stream};
    for (std::size_t index = 0; index < events.size(); ++index) {
        const CUresult code = events[index].code();
        if (code != CUDA_SUCCESS && code != CUDA_ERROR_NOT_READY) {
            throw Error{code, "wait_on: argument 'events', number " + std::to_string(index) + ", " +
                                  events[index].describe()};
        }
    }
    for (const Event& event : events) {
        const detail::EventRecord* const record = detail::EventAccess::record(event);
        if (record != nullptr && record->code() == CUDA_ERROR_NOT_READY) {
            detail::check(
                context.driver().cuStreamWaitEvent(stream, record->event(), CU_EVENT_WAIT_DEFAULT),
                "wait_on", "cuStreamWaitEvent");
        }
    }
}

}  // namespace juggle::cuda
