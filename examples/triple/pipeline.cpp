#include "pipeline.hpp"

#include "common/text_stream.hpp"
#include "error.hpp"

#include <cstdint>
#include <iostream>
#include <sstream>
#include <string_view>

namespace triple::ON_GPU {
namespace {

/// OpenCL C, and CUDA C++ behind common/opencl_c.cuh.
constexpr std::string_view source = R"(
    kernel void triple(__global float* to, __global const float* from, uint count) {
        const uint place = get_global_id(0);
        if (place < count)
            to[place] = 3.0f * from[place];
    }
)";

gpu::Kernel build_kernel(const gpu::Context& context, const gpu::Device& device) {
    return gpu::Kernel{gpu::build_program(context, device, std::string{source}), "triple"};
}

double milliseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double, std::milli>{time}.count();
}

}  // namespace

Pipeline::Pipeline(const gpu::Device& device, std::size_t chunk, std::chrono::nanoseconds stage,
                   juggle::Timeline* shown_in)
    : timeline{shown_in}, context{device},
      upload{gpu::make_queue(context, device, timeline, "upload")},
      compute{gpu::make_queue(context, device, timeline, "compute")},
      download{gpu::make_queue(context, device, timeline, "download")}, chunk_{chunk},
      triple_{build_kernel(context, device)} {
    (void)time_of_a_stage();  // some drivers compile a kernel when it is enqueued first
    stage_ = stage;
    check_stage(device);
}

std::chrono::nanoseconds Pipeline::time_of_a_stage() {
    const gpu::Buffer to = device_buffer();
    const gpu::Buffer from = device_buffer();
    const gpu::FinishAtEnd commands_end_before_the_buffers{compute};
    const auto start = std::chrono::steady_clock::now();
    enqueue_triple(compute, to, from);
    compute.finish();
    return std::chrono::steady_clock::now() - start;
}

/// Without stages of that length the figures would be those of something else.
void Pipeline::check_stage(const gpu::Device& device) {
    if (stage_ == stage_.zero()) {
        return;
    }
    const auto taken = time_of_a_stage();
    if (taken < stage_) {
        std::ostringstream text = common::text_stream();
        text << "--stage-ms: a stage of " << milliseconds(stage_) << " ms has taken "
             << milliseconds(taken) << " ms: the device '" << gpu::name(device) << "' does not run "
             << gpu::host_functions << " as it should";
        throw Error(text.str());
    }
}

gpu::Buffer Pipeline::device_buffer() const {
    return gpu::make_buffer(context, chunk_ * sizeof(float));
}

void Pipeline::enqueue_write(const gpu::Queue& queue, const gpu::Buffer& to,
                             const gpu::HostVector<float>& from, gpu::Commands commands) const {
    const gpu::Label label{timeline, "upload", "upload", commands};
    keep_busy(queue, label);
    gpu::write(queue, to, 0, from.data(), from.size() * sizeof(float), label);
}

void Pipeline::enqueue_triple(const gpu::Queue& queue, const gpu::Buffer& to,
                              const gpu::Buffer& from, gpu::Commands commands) {
    const gpu::Label label{timeline, "triple", "compute", commands};
    keep_busy(queue, label);
    triple_.setArg(0, to);
    triple_.setArg(1, from);
    triple_.setArg(2, static_cast<std::uint32_t>(chunk_));
    gpu::launch(queue, triple_, chunk_, label);
}

void Pipeline::enqueue_read(const gpu::Queue& queue, const gpu::Buffer& from,
                            gpu::HostVector<float>& to, gpu::Commands commands) const {
    const gpu::Label label{timeline, "download", "download", commands};
    keep_busy(queue, label);
    gpu::read(queue, from, 0, to.data(), to.size() * sizeof(float), label);
}

void Pipeline::keep_busy(const gpu::Queue& queue, const gpu::Label& label) const {
    if (stage_ != stage_.zero()) {
        gpu::sleep(queue, stage_, label);
    }
}

bool Pipeline::finish() const noexcept {
    bool finished = true;
    for (const gpu::Queue* queue : {&upload, &compute, &download}) {
        try {
            queue->finish();
        } catch (const gpu::Error& error) {
            std::cerr << "triple: error: " << gpu::description(error) << '\n';
            finished = false;
        }
    }
    return finished;
}

}  // namespace triple::ON_GPU
