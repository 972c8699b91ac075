#include "pipeline.hpp"
#include "support/cuda_device.hpp"

CUDA_TEST_CASE("buffers go round a pipeline of three streams without a race") {
    support::Pipeline pipeline{device, support::Gives::by_hand};
    co_await pipeline.run(100);
    CHECK(pipeline.chunks() == 100);
    CHECK(pipeline.wrong() == 0);
}
