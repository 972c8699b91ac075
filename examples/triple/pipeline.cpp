#include "pipeline.hpp"

#include "common/text_stream.hpp"
#include "error.hpp"

#include <cstdint>
#include <iostream>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace triple::ON_GPU {
namespace {

/// Numbers in a row of work-items, the second dimension of which may be a long one.
constexpr std::size_t columns = 256;

/// OpenCL C, and CUDA C++ behind common/opencl_c.cuh.
constexpr std::string_view source = R"(
    kernel void triple(__global float* to, __global const float* from, uint count) {
        const uint place = get_global_id(1) * COLUMNS + get_global_id(0);
        if (place < count)
            to[place] = 3.0f * from[place];
    }
)";

gpu::Kernel build_kernel(const gpu::Device& device) {
    return device.make_kernel(
        device.build(std::string{source}, {"COLUMNS=" + std::to_string(columns)}), "triple");
}

double milliseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double, std::milli>{time}.count();
}

}  // namespace

Pipeline::Pipeline(gpu::Device on, std::size_t chunk, std::chrono::nanoseconds stage,
                   juggle::Timeline* shown_in)
    : timeline{shown_in}, device{std::move(on)}, upload{device.make_queue(timeline, "upload")},
      compute{device.make_queue(timeline, "compute")},
      download{device.make_queue(timeline, "download")}, chunk_{chunk},
      triple_{build_kernel(device)}, columns_{device.work_items(triple_, columns, columns)} {
    (void)time_of_a_stage();  // some drivers compile a kernel when it is enqueued first
    stage_ = stage;
    check_stage();
}

std::chrono::nanoseconds Pipeline::time_of_a_stage() {
    const gpu::Memory to = device_memory();
    const gpu::Memory from = device_memory();
    const gpu::FinishAtEnd commands_end_before_the_memory{compute};
    const auto start = std::chrono::steady_clock::now();
    enqueue_triple(compute, to, from);
    compute.finish();
    return std::chrono::steady_clock::now() - start;
}

/// Without stages of that length the figures would be those of something else.
void Pipeline::check_stage() {
    if (stage_ == stage_.zero()) {
        return;
    }
    const auto taken = time_of_a_stage();
    if (taken < stage_) {
        std::ostringstream text = common::text_stream();
        text << "--stage-ms: a stage of " << milliseconds(stage_) << " ms has taken "
             << milliseconds(taken) << " ms: the device '" << device.name() << "' does not run "
             << gpu::host_functions << " as it should";
        throw Error(text.str());
    }
}

void Pipeline::enqueue_write(const gpu::Commands& commands, const gpu::Memory& to,
                             const gpu::HostBuffer<float>& from) const {
    keep_busy(commands, {"upload", "upload"});
    commands.write({"upload", "upload"}, to, 0, std::as_bytes(from.span()));
}

void Pipeline::enqueue_triple(const gpu::Commands& commands, const gpu::Memory& to,
                              const gpu::Memory& from) {
    keep_busy(commands, {"triple", "compute"});
    commands.run({"triple", "compute"}, triple_, columns_, (chunk_ + columns - 1) / columns, to,
                 from, static_cast<std::uint32_t>(chunk_));
}

void Pipeline::enqueue_read(const gpu::Commands& commands, const gpu::Memory& from,
                            const gpu::HostBuffer<float>& to) const {
    keep_busy(commands, {"download", "download"});
    commands.read({"download", "download"}, std::as_writable_bytes(to.span()), from);
}

void Pipeline::keep_busy(const gpu::Commands& commands, const common::gpu::Label& label) const {
    if (stage_ != stage_.zero()) {
        commands.sleep(label, stage_);
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
