#include "../loaded_layer.hpp"
#include "support/opencl_device.hpp"

#include <catch2/catch.hpp>

TEST_CASE("strict flush: loaded") {
    const support::Device device;
    const support::LoadedLayer layer{"juggle-cl-strict-flush.so"};
}
