// A device event that fails is an exception, which says what failed and how.
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <chrono>
#include <cstdio>

namespace jcl = juggle::opencl;
using namespace std::chrono_literals;

juggle::Task<> wait_for(cl::Event event) {
    try {
        co_await event;
    } catch (const jcl::Error& error) {
        std::printf("status %d, %s\n", error.status(), error.status_name());
    }
}

juggle::Task<> fail(cl::UserEvent event) {
    event.setStatus(CL_OUT_OF_RESOURCES);
    co_return;
}

juggle::Task<> program(cl::UserEvent event) {
    co_await juggle::when_all(wait_for(event), fail(event));
}

int main() {
    cl::Context context{CL_DEVICE_TYPE_ALL};
    cl::UserEvent event{context};
    juggle::Executor executor;
    jcl::EventOptions options;
    options.longest_sweep = 1s;  // it may sleep that long where a driver forgets to call
    jcl::set_event_options(executor, options);
    executor.run(program(event));
}

// prints:
// status -5, CL_OUT_OF_RESOURCES
