#pragma once

#include "pipeline.hpp"

#include <memory>
#include <optional>
#include <tuple>
#include <utility>

namespace triple {

/// For buffers that know nothing of the commands that use them: made after the buffers, it lets
/// them go only when all commands have ended, also when the run was interrupted or failed. If the
/// driver refuses to say so, that is printed, the pipeline is `unfinished`, and the host memory,
/// into which a command may still write, is never freed.
template <class... HostMemory>
class FinishAtEnd {
public:
    explicit FinishAtEnd(Pipeline& pipeline, HostMemory&... memory)
        : pipeline_{pipeline}, memory_{memory...}, refuge_{std::make_unique<Refuge>()} {}

    ~FinishAtEnd() {
        if (!pipeline_.finish()) {
            static Refuge* last = nullptr;  // what is kept can be found from here
            std::apply([this](auto&... memory) { refuge_->memory.emplace(std::move(memory)...); },
                       memory_);
            refuge_->before = last;
            last = refuge_.release();
        }
    }

    FinishAtEnd(const FinishAtEnd&) = delete;
    FinishAtEnd& operator=(const FinishAtEnd&) = delete;

private:
    struct Refuge {
        std::optional<std::tuple<HostMemory...>> memory;
        Refuge* before = nullptr;
    };

    Pipeline& pipeline_;
    std::tuple<HostMemory&...> memory_;
    std::unique_ptr<Refuge> refuge_;  // made before it is needed: it cannot fail then
};

}  // namespace triple
