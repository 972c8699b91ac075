#include <juggle/deadlock.hpp>
#include <juggle/executor.hpp>
#include <juggle/metrics.hpp>

#include <atomic>
#include <exception>
#include <stdexcept>

namespace juggle::inline JUGGLE_ABI {

namespace {

/// Passes the request of a std::stop_token on to a task, from whatever thread it comes.
class StopPost final : public PostNode {
public:
    StopPost(detail::Loop& loop, detail::SpawnedTask& task) noexcept
        : PostNode{&StopPost::deliver}, loop_{loop}, task_{task} {}

    void send() noexcept {
        under_way_.store(true, std::memory_order_relaxed);
        loop_.inbox().post(*this);
    }

    /// To be called when no `send` can come any more, on the loop's thread.
    void wait_until_delivered() {
        if (under_way_.load(std::memory_order_relaxed)) {
            loop_.run_until(delivered_);
        }
    }

private:
    static void deliver(PostNode& node) noexcept {
        auto& self = static_cast<StopPost&>(node);
        self.delivered_ = true;
        self.task_.request_stop();
    }

    detail::Loop& loop_;
    detail::SpawnedTask& task_;
    std::atomic<bool> under_way_{false};
    bool delivered_ = false;
};

}  // namespace

Executor::Executor(ExecutorOptions options) : loop_{*this, std::move(options)} {}

Executor::~Executor() {
    if (!loop_.left_by_exit()) {
        loop_.~Loop();
    }
}

void Executor::prepare_run() {
    if (loop_.entered()) {
        loop_.check_call("Executor::run");
        throw std::logic_error{"juggle: Executor::run: this executor runs already"};
    }
    if (loop_.driven_by_foreign_loop()) {
        throw std::logic_error{
            "juggle: Executor::run: this executor has a wake_up function: a foreign loop drives it "
            "by poll"};
    }
    loop_.bind_thread();
    detail::last_run_failed = true;  // unless it comes to its end
}

void Executor::run_to_end(detail::SpawnedTask& task, detail::StopToken stop) {
    if (stop.stop_requested()) {
        task.request_stop();  // before it starts
        stop = {};
    }
    StopPost post{loop_, task};
    std::exception_ptr early_end;  // a Deadlock, or no memory to describe it
    {
        const bool may_be_stopped = stop.stop_possible();
        const auto send = [&post]() noexcept { post.send(); };
        const detail::StopCallback<decltype(send)> callback{std::move(stop), send};
        try {
            loop_.run_until(task.ended(), may_be_stopped);
        } catch (const Deadlock& deadlock) {
            early_end = std::current_exception();
            detail::stopping_after = deadlock.what();
        } catch (...) {
            early_end = std::current_exception();
        }
    }
    post.wait_until_delivered();
    try {
        loop_.stop_and_drain();
    } catch (...) {
        if (!early_end) {
            throw;
        }
    }
    detail::stopping_after = nullptr;
    if (early_end) {
        std::rethrow_exception(early_end);
    }
}

std::size_t Executor::poll(std::size_t max_steps) {
    if (loop_.entered()) {
        loop_.check_call("Executor::poll");
        throw std::logic_error{"juggle: Executor::poll: this executor runs already"};
    }
    return loop_.poll(max_steps);
}

std::optional<TimePoint> Executor::next_deadline() noexcept {
    loop_.check_call("Executor::next_deadline");
    return loop_.next_deadline();
}

Metrics Executor::metrics() const {
    loop_.check_call("Executor::metrics");
    return loop_.metrics();
}

}  // namespace juggle
