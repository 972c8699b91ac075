#pragma once

#include "common/gpu/cuda/context.hpp"

#include <juggle/timeline.hpp>

#include <memory>
#include <string_view>

#include <cuda.h>

namespace common::on_cuda {

/// A stream: its commands run one after the other.
class Queue {
public:
    Queue() = default;
    explicit Queue(Context context);

    /// As `juggle::cuda` and the driver call it.
    // NOLINTNEXTLINE(google-explicit-constructor)
    operator CUstream() const noexcept { return stream_.get(); }

    /// The thread sleeps until all commands have ended.
    void finish() const;

private:
    struct Destroy {
        void operator()(CUstream stream) const noexcept;
    };

    Context context_;
    std::unique_ptr<CUstream_st, Destroy> stream_;
};

/// If a timeline is to show it, it has a name there.
[[nodiscard]] Queue make_queue(const Context& context, const Device& device,
                               juggle::Timeline* timeline, std::string_view name,
                               bool timed = false);

}  // namespace common::on_cuda
