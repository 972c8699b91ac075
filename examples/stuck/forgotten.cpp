#include "programs.hpp"

#include <juggle/juggle.hpp>

#include <utility>
#include <vector>

namespace stuck {

namespace {

using Buffer = juggle::Resource<std::vector<float>>;

// [forgotten]
juggle::Task<> fill(Buffer& buffer, std::vector<Buffer::Allocation>& filled) {
    auto ticket = co_await buffer.acquire();
    ticket->assign(1024, 0.0f);
    filled.push_back(std::move(ticket));  // for somebody who would release it
}
// [/forgotten]

}  // namespace

juggle::Task<> forgotten() {
    Buffer buffer{"samples", {}};
    std::vector<Buffer::Allocation> filled;
    juggle::JobQueue chunks{"chunks", 4};
    for (int chunk = 0; chunk < 3; ++chunk) {
        co_await chunks.push(fill(buffer, filled));
    }
    co_await chunks.finish();
}

}  // namespace stuck
