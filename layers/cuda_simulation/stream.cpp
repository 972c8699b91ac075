#include "cuda_simulation/stream.hpp"

#include "cuda_simulation/context.hpp"
#include "cuda_simulation/driver.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace layer::cuda {

StreamPtr Stream::make(Driver& driver, std::shared_ptr<Context> context, CUstream handle,
                       bool is_blocking) {
    StreamPtr stream{new Stream{driver, std::move(context), handle, is_blocking}};
    std::thread{[stream] { stream->run(); }}.detach();
    return stream;
}

void Stream::push(Command command) {
    end_ = command.end;
    commands_.push_back(std::move(command));
    wake();
}

void Stream::discard() {
    is_allowed_ = false;
    for (const Command& command : std::exchange(commands_, {})) {
        driver_.settle(*command.end);
    }
}

void Stream::close() {
    is_closed_ = true;
    woken_.notify_all();
}

bool Stream::is_ready() const {
    return !is_running_ && !commands_.empty() &&
           std::ranges::all_of(commands_.front().waits_for,
                               [](const PointPtr& point) { return point->has_settled; });
}

void Stream::allow_one() {
    is_allowed_ = true;
    woken_.notify_all();
}

void Stream::wake() {
    if (may_run()) {
        woken_.notify_all();
    }
}

bool Stream::may_run() const { return is_ready() && (is_allowed_ || !driver_.is_manual()); }

void Stream::run() {
    std::unique_lock lock{driver_.mutex};
    while (true) {
        woken_.wait(lock, [this] { return may_run() || (is_closed_ && commands_.empty()); });
        if (commands_.empty()) {
            driver_.forget(*this);
            return;
        }
        run_one(lock);
    }
}

void Stream::run_one(std::unique_lock<std::mutex>& lock) {
    Command command = std::move(commands_.front());
    commands_.pop_front();
    is_allowed_ = false;
    is_running_ = true;
    CUresult error = command.error;
    if (error == CUDA_SUCCESS && command.work) {
        lock.unlock();
        error = command.work();
        command.work = nullptr;  // with what it holds, before anybody hears of the end
        lock.lock();
    }
    is_running_ = false;
    if (error != CUDA_SUCCESS) {
        driver_.fail(*context_, error);
    }
    driver_.settle(*command.end);
}

}  // namespace layer::cuda
