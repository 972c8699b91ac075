// Any bytes as a NumPy file: the reader that judges the writer must itself be beyond doubt. What it
// accepts has as many values as its header says.

#include "input.hpp"
#include "npy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto array = npy::read(std::as_bytes(std::span(data, size)));
    if (array) {
        fuzz::require(array->values.size() == array->rows * array->columns, "as the header says");
    }
    return 0;
}
