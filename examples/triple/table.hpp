#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace triple {

/// The result, on standard output, line by line as the modes end.
class Table {
public:
    /// Prints the head.
    Table();

    /// Prints a line. The rate of the mode called "sync", if it comes first, is what the speed-up
    /// of the others refers to; without it that column is empty.
    void add(std::string_view mode, std::uint64_t chunks, double seconds, std::uint64_t wrong);

private:
    std::optional<double> sync_rate_;
};

}  // namespace triple
