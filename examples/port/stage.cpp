// Adds up frames on a device, and sends the sum of each group of four: stage.py, ported.
// docs/katsdpsigproc.md goes through both. `port 6` has frame 6 come short.
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <exception>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace jcl = juggle::opencl;
using Ints = std::vector<cl_int>;
template <class T>
using Ring = juggle::ResourceRing<T, cl::Event>;
using HostTicket = jcl::ResourceAllocation<Ints>;
using DeviceTicket = jcl::ResourceAllocation<cl::Buffer>;

constexpr std::size_t value_count = 1024;
constexpr std::size_t byte_count = value_count * sizeof(cl_int);
constexpr int frame_count = 12;
constexpr int frames_per_group = 4;
constexpr const char* kernel_source = R"(
kernel void add(global int *sums, global const int *frame)
{
    sums[get_global_id(0)] += frame[get_global_id(0)];
}
)";

Ints receive(int number, int short_one) {
    Ints frame(number == short_one ? value_count - 1 : value_count);
    for (std::size_t index = 0; index < frame.size(); ++index) {
        frame[index] = (100 * number + static_cast<cl_int>(index)) % 1000;
    }
    return frame;
}

juggle::Task<> send(int group, const Ints& sums) {
    std::printf("group %d: first %d, last %d, total %d\n", group, sums.front(), sums.back(),
                std::accumulate(sums.begin(), sums.end(), 0));
    co_return;
}

struct Sums {
    cl::Buffer buffer;
    int frames = 0;  // in it
};
using SumsTicket = jcl::ResourceAllocation<Sums>;

class Stage {
public:
    juggle::Task<> run(int short_one);

private:
    juggle::Task<> add_frame(SumsTicket sums, DeviceTicket device, HostTicket host, Ints frame);
    juggle::Task<> send_group(SumsTicket sums, HostTicket result, int group);

    cl::Buffer device_buffer() {
        Ints zeros(value_count);
        return {context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, byte_count, zeros.data()};
    }

    // [resources]
    cl::Context context{CL_DEVICE_TYPE_ALL};
    cl::CommandQueue upload{context};
    cl::CommandQueue compute{context};
    cl::Kernel add{cl::Program{context, kernel_source, true}, "add"};
    jcl::Resource<Sums> sums{"sums", Sums{device_buffer()}};
    Ring<Ints> host{"host", 2, [](std::size_t) { return Ints(value_count); }};
    Ring<cl::Buffer> device{"device", 2, [this](std::size_t) { return device_buffer(); }};
    Ring<Ints> result{"result", 2, [](std::size_t) { return Ints(value_count); }};
    // [/resources]
};

// [fill]
juggle::Task<> Stage::add_frame(SumsTicket sums_ticket, DeviceTicket device_ticket,
                                HostTicket host_ticket, Ints frame) {
    Ints& values = co_await host_ticket.wait_events();
    if (frame.size() != values.size()) {
        throw std::length_error{"a frame of " + std::to_string(frame.size()) +
                                " values instead of " + std::to_string(values.size())};
    }
    std::ranges::copy(frame, values.begin());
    // [/fill]

    // [upload]
    co_await jcl::enqueue(upload, host_ticket, device_ticket, [&](jcl::Commands& commands) {
        upload.enqueueWriteBuffer(*device_ticket, CL_FALSE, 0, byte_count, values.data(),
                                  commands.wait_list(), commands.event());
    });
    host_ticket.ready();
    // [/upload]

    // [add]
    co_await jcl::enqueue(compute, sums_ticket, device_ticket, [&](jcl::Commands& commands) {
        add.setArg(0, sums_ticket->buffer);
        add.setArg(1, *device_ticket);
        compute.enqueueNDRangeKernel(add, cl::NullRange, cl::NDRange{value_count}, cl::NDRange{64},
                                     commands.wait_list(), commands.event());
    });
    ++sums_ticket->frames;
    device_ticket.ready();
    sums_ticket.ready();
    // [/add]
}

// [read]
juggle::Task<> Stage::send_group(SumsTicket sums_ticket, HostTicket result_ticket, int group) {
    const cl::Event read =
        co_await jcl::enqueue(compute, sums_ticket, result_ticket, [&](jcl::Commands& commands) {
            compute.enqueueReadBuffer(sums_ticket->buffer, CL_FALSE, 0, byte_count,
                                      result_ticket->data(), commands.wait_list(),
                                      commands.event());
        });
    if (sums_ticket->frames != frames_per_group) {
        throw std::runtime_error{"a group of " + std::to_string(sums_ticket->frames) + " frames"};
    }
    sums_ticket->frames = 0;
    co_await jcl::enqueue(compute, sums_ticket, [&](jcl::Commands& commands) {
        compute.enqueueFillBuffer(sums_ticket->buffer, cl_int{0}, 0, byte_count,
                                  commands.wait_list(), commands.event());
    });
    sums_ticket.ready();
    // [/read]

    // [send]
    co_await read;
    co_await send(group, *result_ticket);
    result_ticket.ready();
    // [/send]
}

// [run]
juggle::Task<> Stage::run(int short_one) {
    juggle::JobQueue jobs{4};
    for (int number = 0; number < frame_count; ++number) {
        co_await jobs.push(  // throws what a job has thrown
            add_frame(sums.acquire(), device.acquire(), host.acquire(),
                      receive(number, short_one)));
        if (number % frames_per_group == frames_per_group - 1) {
            co_await jobs.push(
                send_group(sums.acquire(), result.acquire(), number / frames_per_group));
        }
    }
    co_await jobs.finish();
}
// [/run]

}  // namespace

int main(int argc, char** argv) {
    int short_one = -1;
    if (argc > 1) {
        const char* const end = argv[1] + std::strlen(argv[1]);
        if (std::from_chars(argv[1], end, short_one).ptr != end || short_one < 0 ||
            short_one >= frame_count || argc > 2) {
            std::fprintf(stderr, "usage: port [FRAME THAT COMES SHORT, 0 to %d], not '%s'\n",
                         frame_count - 1, argv[argc - 1]);
            return 2;
        }
    }
    try {
        Stage stage;
        juggle::Executor executor;
        executor.run(stage.run(short_one));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "failed: %s\n", error.what());
        return 1;
    }
}

// prints:
// group 0: first 600, last 692, total 2013504
// group 1: first 2200, last 2292, total 2051904
// group 2: first 1800, last 1892, total 2042304
