#include "wait_for.hpp"

namespace juggle::inline JUGGLE_ABI::cuda::detail {

namespace {

/// Null if it need not be waited for.
const EventRecord* to_wait_for(const Event& event) noexcept {
    const EventRecord* const record = EventAccess::record(event);
    return record != nullptr && record->code() == CUDA_ERROR_NOT_READY ? record : nullptr;
}

}  // namespace

void wait_for(const StreamContext& context, CUstream stream, std::span<const Event> events,
              const char* call) {
    for (const Event& event : events) {
        const EventRecord* const record = to_wait_for(event);
        if (record != nullptr && record->refusal() != CUDA_SUCCESS) {
            throw Error{record->refusal(),
                        call_name(call, "cuEventRecord of ") + record->describe()};
        }
    }
    for (const Event& event : events) {
        if (const EventRecord* const record = to_wait_for(event)) {
            check(
                context.driver().cuStreamWaitEvent(stream, record->event(), CU_EVENT_WAIT_DEFAULT),
                call, "cuStreamWaitEvent");
        }
    }
}

}  // namespace juggle::cuda::detail
