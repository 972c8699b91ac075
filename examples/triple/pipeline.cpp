#include "pipeline.hpp"

#include "common/opencl.hpp"
#include "common/shown_command.hpp"

#include <iostream>
#include <string_view>
#include <thread>
#include <utility>

namespace triple {
namespace {

constexpr std::string_view source = R"(
    kernel void triple(global float* to, global const float* from) {
        to[get_global_id(0)] = 3.0f * from[get_global_id(0)];
    }
)";

cl::Kernel build_kernel(const cl::Context& context, const cl::Device& device) {
    return cl::Kernel{common::build_program(context, device, std::string{source}), "triple"};
}

/// OpenCL calls this on the device's own thread, with a copy of the argument.
void CL_CALLBACK sleep_there(void* duration) {
    std::this_thread::sleep_for(*static_cast<const std::chrono::nanoseconds*>(duration));
}

}  // namespace

Pipeline::Pipeline(const cl::Device& device, std::size_t chunk, std::chrono::nanoseconds stage,
                   juggle::Timeline* shown_in)
    : timeline{shown_in}, context{device},
      upload{common::make_queue(context, device, timeline, "upload")},
      compute{common::make_queue(context, device, timeline, "compute")},
      download{common::make_queue(context, device, timeline, "download")}, chunk_{chunk},
      stage_{stage}, triple_{build_kernel(context, device)} {
    warm_up();
}

/// Some drivers compile a kernel when it is enqueued first.
void Pipeline::warm_up() {
    enqueue_triple(compute, device_buffer(), device_buffer());
    common::finish_or_throw(compute);
}

cl::Buffer Pipeline::device_buffer() const {
    return cl::Buffer{context, CL_MEM_READ_WRITE, chunk_ * sizeof(float)};
}

void Pipeline::enqueue_write(const cl::CommandQueue& queue, const cl::Buffer& to,
                             const std::vector<float>& from) const {
    keep_busy(queue, "upload", "upload");
    common::ShownCommand shown{timeline, "upload", "upload"};
    queue.enqueueWriteBuffer(to, CL_FALSE, 0, from.size() * sizeof(float), from.data(), nullptr,
                             shown.event());
}

void Pipeline::enqueue_triple(const cl::CommandQueue& queue, const cl::Buffer& to,
                              const cl::Buffer& from) {
    keep_busy(queue, "triple", "compute");
    triple_.setArg(0, to);
    triple_.setArg(1, from);
    common::ShownCommand shown{timeline, "triple", "compute"};
    queue.enqueueNDRangeKernel(triple_, cl::NullRange, cl::NDRange{chunk_}, cl::NullRange, nullptr,
                               shown.event());
}

void Pipeline::enqueue_read(const cl::CommandQueue& queue, const cl::Buffer& from,
                            std::vector<float>& to) const {
    keep_busy(queue, "download", "download");
    common::ShownCommand shown{timeline, "download", "download"};
    queue.enqueueReadBuffer(from, CL_FALSE, 0, to.size() * sizeof(float), to.data(), nullptr,
                            shown.event());
}

void Pipeline::keep_busy(const cl::CommandQueue& queue, const char* what, const char* lane) const {
    if (stage_ > stage_.zero()) {
        std::chrono::nanoseconds duration = stage_;
        const std::pair<void*, cl::size_type> argument{&duration, sizeof duration};
        common::ShownCommand shown{timeline, what, lane};
        queue.enqueueNativeKernel(&sleep_there, argument, nullptr, nullptr, nullptr, shown.event());
    }
}

bool Pipeline::finish() noexcept {
    bool finished = true;
    for (const cl::CommandQueue* queue : {&upload, &compute, &download}) {
        if (const cl_int status = common::finish(*queue); status != CL_SUCCESS) {
            std::cerr << "triple: error: " << common::description(cl::Error{status, "clFinish"})
                      << '\n';
            finished = false;
        }
    }
    unfinished = unfinished || !finished;
    return finished;
}

}  // namespace triple
