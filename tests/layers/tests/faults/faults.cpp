#include "../loaded_layer.hpp"
#include "support/opencl_device.hpp"

#include <catch2/catch.hpp>

TEST_CASE("faults: loaded") {
    const support::Device device;
    const support::LoadedLayer layer{"juggle-cl-faults.so"};
}
