// Rows of any number, in portions of any size and with any values, as waterfall writes them, read
// back by a reader of our own. Without a commit the file of before is untouched.

#include "waterfall/spectrum_writer.hpp"

#include "input.hpp"
#include "npy.hpp"
#include "scratch.hpp"

#include <cstring>
#include <vector>

namespace {

using fuzz::require;

/// Whether both are the same bytes: a NaN equals itself here.
bool same(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

std::vector<float> append_rows(waterfall::SpectrumWriter& writer, std::size_t channels,
                               fuzz::Input& input) {
    constexpr std::size_t max_values = 1 << 16;
    std::vector<float> written;
    while (!input.empty() && written.size() < max_values) {
        std::vector<float> rows(input.between(0, 8) * channels);
        for (float& value : rows) {
            value = input.take<float>();
        }
        writer.append(rows);
        written.insert(written.end(), rows.begin(), rows.end());
    }
    return written;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Scratch scratch;
    static const std::string name = scratch.file("spectra.npy");

    fuzz::Input input(data, size);
    const std::size_t channels = input.between(1, 8192);
    const bool commits = input.between(0, 3) != 0;
    static std::vector<float> before;
    std::vector<float> written;
    {
        waterfall::SpectrumWriter writer(name, channels);
        written = append_rows(writer, channels, input);
        require(writer.rows() == written.size() / channels, "it counts whole rows");
        if (commits) {
            writer.commit();
        }
    }
    require(!std::filesystem::exists(name + ".part"), "nothing is left beside it");
    if (!commits) {
        require(!std::filesystem::exists(name) ||
                    same(npy::read(fuzz::content_of(name))->values, before),
                "what was there before is still there");
        return 0;
    }
    const auto array = npy::read(fuzz::content_of(name));
    require(array.has_value(), "it is a NumPy file");
    require(array->columns == channels, "as many columns as channels");
    require(array->rows == written.size() / channels, "as many rows as written");
    require(same(array->values, written), "the values are those that were written");
    before = std::move(written);
    return 0;
}
