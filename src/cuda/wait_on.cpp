#include "stream_context.hpp"
#include "wait_for.hpp"

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
    detail::wait_for(context, stream, events, "wait_on");
}

}  // namespace juggle::cuda
