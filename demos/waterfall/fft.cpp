#include "fft.hpp"

#include "error.hpp"

namespace waterfall {
namespace {

void check(clfftStatus status, const char* operation) {
    if (status != CLFFT_SUCCESS) {
        throw Error(std::string(operation) + " failed with status " + std::to_string(status));
    }
}

}  // namespace

Fft::Fft(const cl::Context& context, const cl::CommandQueue& queue, std::size_t points,
         std::size_t batch) {
    clfftSetupData setup{};
    check(clfftInitSetupData(&setup), "clfftInitSetupData");
    check(clfftSetup(&setup), "clfftSetup");
    try {
        cl_command_queue raw_queue = queue();
        check(clfftCreateDefaultPlan(&plan_, context(), CLFFT_1D, &points), "clfftCreatePlan");
        check(clfftSetPlanPrecision(plan_, CLFFT_SINGLE), "clfftSetPlanPrecision");
        check(clfftSetLayout(plan_, CLFFT_COMPLEX_INTERLEAVED, CLFFT_COMPLEX_INTERLEAVED),
              "clfftSetLayout");
        check(clfftSetResultLocation(plan_, CLFFT_INPLACE), "clfftSetResultLocation");
        check(clfftSetPlanBatchSize(plan_, batch), "clfftSetPlanBatchSize");
        check(clfftBakePlan(plan_, 1, &raw_queue, nullptr, nullptr), "clfftBakePlan");
    } catch (...) {
        clfftTeardown();
        throw;
    }
}

Fft::~Fft() {
    clfftDestroyPlan(&plan_);
    clfftTeardown();
}

void Fft::enqueue(const cl::CommandQueue& queue, const cl::Buffer& frames, cl::Event* event) {
    cl_event raw_event = nullptr;
    cl_command_queue raw_queue = queue();
    cl_mem raw_frames = frames();
    check(clfftEnqueueTransform(plan_, CLFFT_FORWARD, 1, &raw_queue, 0, nullptr,
                                event == nullptr ? nullptr : &raw_event, &raw_frames, nullptr,
                                nullptr),
          "clfftEnqueueTransform");
    if (event != nullptr) {
        *event = cl::Event{raw_event};
    }
}

}  // namespace waterfall
