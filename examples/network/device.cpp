#include "device.hpp"

#include "chunk.hpp"
#include "common/find_device.hpp"
#include "common/opencl.hpp"

#include <string>

namespace network {

namespace {

constexpr const char* source = R"(
    kernel void triple(global float* samples) { samples[get_global_id(0)] *= 3.0f; }
)";

}  // namespace

Device::Device()
    : context{common::find_device("", "")}, queue{context},
      buffer_{context, CL_MEM_READ_WRITE, floats_per_chunk * sizeof(float)},
      triple_{common::build_program(context, context.getInfo<CL_CONTEXT_DEVICES>().front(), source),
              "triple"} {
    triple_.setArg(0, buffer_);
}

void Device::enqueue_triple(std::vector<float>& samples, juggle::opencl::Commands* commands) {
    const std::size_t bytes = samples.size() * sizeof(float);
    queue.enqueueWriteBuffer(buffer_, CL_FALSE, 0, bytes, samples.data(),
                             commands == nullptr ? nullptr : commands->wait_list(),
                             commands == nullptr ? nullptr : commands->event());
    queue.enqueueNDRangeKernel(triple_, cl::NullRange, cl::NDRange{samples.size()});
    queue.enqueueReadBuffer(buffer_, CL_FALSE, 0, bytes, samples.data(),
                            commands == nullptr ? nullptr : commands->wait_list(),
                            commands == nullptr ? nullptr : commands->event());
}

}  // namespace network
