#include "pipeline.hpp"

#include "common/opencl.hpp"
#include "common/shown_command.hpp"
#include "common/text_stream.hpp"
#include "error.hpp"

#include <juggle/opencl/finish_at_end.hpp>

#include <iostream>
#include <sstream>
#include <string_view>
#include <thread>

namespace triple {

namespace jcl = juggle::opencl;

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

double milliseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double, std::milli>{time}.count();
}

}  // namespace

Pipeline::Pipeline(const cl::Device& device, std::size_t chunk, std::chrono::nanoseconds stage,
                   juggle::Timeline* shown_in)
    : timeline{shown_in}, context{device},
      upload{common::make_queue(context, device, timeline, "upload")},
      compute{common::make_queue(context, device, timeline, "compute")},
      download{common::make_queue(context, device, timeline, "download")}, chunk_{chunk},
      triple_{build_kernel(context, device)} {
    (void)time_of_a_stage();  // some drivers compile a kernel when it is enqueued first
    stage_ = stage;
    check_stage(device);
}

std::chrono::nanoseconds Pipeline::time_of_a_stage() {
    const cl::Buffer to = device_buffer();
    const cl::Buffer from = device_buffer();
    const jcl::FinishAtEnd commands_end_before_the_buffers{compute};
    const auto start = std::chrono::steady_clock::now();
    enqueue_triple(compute, to, from);
    compute.finish();
    return std::chrono::steady_clock::now() - start;
}

/// Without stages of that length the figures would be those of something else.
void Pipeline::check_stage(const cl::Device& device) {
    if (stage_ == stage_.zero()) {
        return;
    }
    const auto taken = time_of_a_stage();
    if (taken < stage_) {
        std::ostringstream text = common::text_stream();
        text << "--stage-ms: a stage of " << milliseconds(stage_) << " ms has taken "
             << milliseconds(taken) << " ms: the device '" << device.getInfo<CL_DEVICE_NAME>()
             << "' does not run native kernels as it should";
        throw Error(text.str());
    }
}

cl::Buffer Pipeline::device_buffer() const {
    return cl::Buffer{context, CL_MEM_READ_WRITE, chunk_ * sizeof(float)};
}

void Pipeline::enqueue_write(const cl::CommandQueue& queue, const cl::Buffer& to,
                             const std::vector<float>& from, jcl::Commands* commands) const {
    keep_busy(queue, "upload", "upload", commands);
    common::ShownCommand shown{timeline, "upload", "upload", commands};
    queue.enqueueWriteBuffer(to, CL_FALSE, 0, from.size() * sizeof(float), from.data(),
                             shown.waits(), shown.event());
}

void Pipeline::enqueue_triple(const cl::CommandQueue& queue, const cl::Buffer& to,
                              const cl::Buffer& from, jcl::Commands* commands) {
    keep_busy(queue, "triple", "compute", commands);
    triple_.setArg(0, to);
    triple_.setArg(1, from);
    common::ShownCommand shown{timeline, "triple", "compute", commands};
    queue.enqueueNDRangeKernel(triple_, cl::NullRange, cl::NDRange{chunk_}, cl::NullRange,
                               shown.waits(), shown.event());
}

void Pipeline::enqueue_read(const cl::CommandQueue& queue, const cl::Buffer& from,
                            std::vector<float>& to, jcl::Commands* commands) const {
    keep_busy(queue, "download", "download", commands);
    common::ShownCommand shown{timeline, "download", "download", commands};
    queue.enqueueReadBuffer(from, CL_FALSE, 0, to.size() * sizeof(float), to.data(), shown.waits(),
                            shown.event());
}

void Pipeline::keep_busy(const cl::CommandQueue& queue, const char* what, const char* lane,
                         jcl::Commands* commands) const {
    if (stage_ == stage_.zero()) {
        return;
    }
    common::ShownCommand shown{timeline, what, lane, commands};
    const std::vector<cl::Event>* const waits = shown.waits();
    const auto count = static_cast<cl_uint>(waits == nullptr ? 0 : waits->size());
    cl::Event* const event = shown.event();
    std::chrono::nanoseconds duration = stage_;
    // Not by CLHPP, whose enqueueNativeKernel of 2024.10.24 (Debian 13) reads through the null
    // pointer that stands for no memory objects.
    const cl_int status = ::clEnqueueNativeKernel(
        queue(), &sleep_there, static_cast<void*>(&duration), sizeof duration, 0, nullptr, nullptr,
        count, count == 0 ? nullptr : &waits->front()(), event == nullptr ? nullptr : &(*event)());
    if (status != CL_SUCCESS) {
        throw cl::Error(status, "clEnqueueNativeKernel");
    }
}

bool Pipeline::finish() const noexcept {
    bool finished = true;
    for (const cl::CommandQueue* queue : {&upload, &compute, &download}) {
        if (const cl_int status = ::clFinish((*queue)()); status != CL_SUCCESS) {
            std::cerr << "triple: error: " << common::description(cl::Error{status, "clFinish"})
                      << '\n';
            finished = false;
        }
    }
    return finished;
}

}  // namespace triple
