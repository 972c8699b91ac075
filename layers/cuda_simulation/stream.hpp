#pragma once

#include "cuda_simulation/capture.hpp"
#include "cuda_simulation/command.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include <cuda.h>

namespace layer::cuda {

struct Context;
class Driver;

/// A stream and its thread. All members need the driver's mutex.
class Stream {
public:
    /// Starts the thread, which keeps the stream for as long as it has commands.
    static std::shared_ptr<Stream> make(Driver& driver, std::shared_ptr<Context> context,
                                        CUstream handle, bool is_blocking);

    [[nodiscard]] CUstream handle() const noexcept { return handle_; }
    [[nodiscard]] const std::shared_ptr<Context>& context() const noexcept { return context_; }
    [[nodiscard]] bool is_legacy() const noexcept { return handle_ == CU_STREAM_LEGACY; }
    /// Whether it and the legacy stream wait for each other.
    [[nodiscard]] bool is_blocking() const noexcept { return is_blocking_; }

    /// The end of what it has; never null.
    [[nodiscard]] const PointPtr& end() const noexcept { return end_; }
    /// That of the next command; there must be one.
    [[nodiscard]] const PointPtr& next_end() const noexcept { return commands_.front().end; }
    [[nodiscard]] std::size_t pending() const noexcept {
        return commands_.size() + (is_running_ ? 1 : 0);
    }
    [[nodiscard]] bool is_running() const noexcept { return is_running_; }

    void push(Command command);
    /// Its commands that have not begun end, and nothing was done.
    void discard();
    /// The thread ends when there is nothing left to do.
    void close();

    /// Whether the next command has all that it waits for.
    [[nodiscard]] bool is_ready() const;
    /// Lets one command run though the streams stand still.
    void allow_one();
    /// To be called when anything may have changed.
    void wake();

    Captured captured;

private:
    Stream(Driver& driver, std::shared_ptr<Context> context, CUstream handle, bool is_blocking)
        : driver_{driver}, context_{std::move(context)}, handle_{handle},
          is_blocking_{is_blocking} {
        end_->has_settled = true;
    }

    [[nodiscard]] bool may_run() const;
    void run();
    void run_one(std::unique_lock<std::mutex>& lock);

    Driver& driver_;
    std::shared_ptr<Context> context_;
    CUstream handle_;
    bool is_blocking_;
    bool is_closed_ = false;
    bool is_running_ = false;
    bool is_allowed_ = false;
    std::deque<Command> commands_;
    PointPtr end_ = std::make_shared<Point>();
    std::condition_variable woken_;
};
using StreamPtr = std::shared_ptr<Stream>;

}  // namespace layer::cuda
