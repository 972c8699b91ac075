#include "common/find_device.hpp"
#include "programs.hpp"

#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <chrono>
#include <vector>

namespace stuck {

namespace {

using Buffer = juggle::opencl::Resource<std::vector<float>>;

// [event]
juggle::Task<> use(Buffer::Allocation ticket) {
    std::vector<float>& samples = co_await ticket.wait_events();
    samples.clear();
    ticket.ready();
}
// [/event]

}  // namespace

juggle::Task<> event() {
    const cl::Context context{common::find_device({}, {})};
    cl::UserEvent recorded{context};  // nobody will set it
    Buffer buffer{"samples", {}};
    auto recorder = co_await buffer.acquire();
    recorder.ready(recorded);
    try {
        co_await juggle::timeout(std::chrono::seconds{2}, use(buffer.acquire()));
    } catch (...) {
        recorded.setStatus(CL_COMPLETE);  // or the buffer could not go
        throw;
    }
}

}  // namespace stuck
