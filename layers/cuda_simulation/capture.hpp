#pragma once

#include <memory>
#include <thread>
#include <vector>

#include <cuda.h>

namespace layer::cuda {

/// What a capture has recorded in place of a command.
struct CaptureNode {
    std::vector<std::shared_ptr<CaptureNode>> after;
};
using CaptureNodePtr = std::shared_ptr<CaptureNode>;

/// From `cuStreamBeginCapture` to `cuStreamEndCapture`.
struct Capture {
    CUstream origin = nullptr;
    CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
    std::thread::id thread = {};  // that began it
    bool is_invalidated = false;
    bool has_ended = false;
};
using CapturePtr = std::shared_ptr<Capture>;

/// The place of a stream or of an event in a capture; null and nothing outside of one.
struct Captured {
    CapturePtr capture;
    std::vector<CaptureNodePtr> last;

    /// A command: after all before it.
    void add_node();
    /// An event is waited for.
    void join(const Captured& event);
    /// Whether all of another place is before this one.
    [[nodiscard]] bool is_after(const Captured& other) const;
};

}  // namespace layer::cuda
