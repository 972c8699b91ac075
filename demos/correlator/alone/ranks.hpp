#pragma once

#include "common/timeline_file.hpp"

#include <juggle/timeline.hpp>

#include <cstddef>
#include <cstdlib>
#include <string>

namespace correlator {

/// The only process, where there is no MPI.
class Ranks {
public:
    Ranks(int& /*argc*/, char**& /*argv*/) {}

    [[nodiscard]] std::size_t rank() const noexcept { return 0; }
    [[nodiscard]] std::size_t size() const noexcept { return 1; }

    [[nodiscard]] static std::size_t first_that(bool says_so) { return says_so ? 0 : 1; }

    [[noreturn]] static void abort(int status) { std::_Exit(status); }

    void write_timeline(juggle::Timeline& timeline, const std::string& file) const {
        common::write_timeline(timeline, file, {.title = "correlator"});
    }

    [[nodiscard]] static std::string library() { return "no MPI"; }
};

}  // namespace correlator
