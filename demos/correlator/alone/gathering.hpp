#pragma once

#include "correlator/layout.hpp"
#include "message.hpp"
#include "ranks.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace correlator {

/// The only rank has all channels.
class Gathering {
public:
    Gathering(const Ranks& /*ranks*/, const Layout& layout) : count_{layout.own_visibilities()} {}

    [[nodiscard]] Message start(const std::int64_t* from, std::int64_t* to) const {
        run(from, to);
        return {};
    }
    void run(const std::int64_t* from, std::int64_t* to) const { std::copy_n(from, count_, to); }

private:
    std::size_t count_;
};

}  // namespace correlator
