#include <juggle/detail/run/loop.hpp>
#include <juggle/thread_pool.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <system_error>

namespace juggle {

namespace {

std::size_t default_thread_count() noexcept {
    return std::min<std::size_t>(32, std::size_t{std::thread::hardware_concurrency()} + 4);
}

/// The default threads of `offload`, kept by the loop.
class PoolService final : public detail::Service {
public:
    explicit PoolService(detail::Loop&) {}
    ThreadPool pool;
};

}  // namespace

ThreadPool& detail::default_thread_pool(Loop& loop) { return loop.service<PoolService>().pool; }

ThreadPool::ThreadPool() : ThreadPool{default_thread_count()} {}

ThreadPool::ThreadPool(std::size_t max_threads) : max_threads_{max_threads} {
    if (max_threads == 0) {
        throw std::invalid_argument{"juggle: ThreadPool: argument 'max_threads' is 0"};
    }
    if (max_threads > threads_.max_size()) {
        throw std::invalid_argument{"juggle: ThreadPool: argument 'max_threads' is " +
                                    std::to_string(max_threads) + ", more than memory can hold"};
    }
    threads_.reserve(max_threads);
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock{mutex_};
        closing_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ThreadPool::submit(detail::PoolWork& work) {
    {
        const std::lock_guard lock{mutex_};
        if (queued_ >= idle_ && threads_.size() < max_threads_) {
            try {
                threads_.emplace_back([this] { run_thread(); });
            } catch (const std::system_error&) {
                if (threads_.empty()) {
                    throw;
                }
            }
        }
        queue_.push_back(work);
        ++queued_;
    }
    changed_.notify_one();
}

bool ThreadPool::withdraw(detail::PoolWork& work) noexcept {
    const std::lock_guard lock{mutex_};
    if (!queue_.contains(work)) {
        return false;
    }
    queue_.remove(work);
    --queued_;
    return true;
}

void ThreadPool::run_thread() noexcept {
    std::unique_lock lock{mutex_};
    for (;;) {
        ++idle_;
        changed_.wait(lock, [this] { return queued_ != 0 || closing_; });
        --idle_;
        if (queued_ == 0) {
            return;
        }
        detail::PoolWork& work = *queue_.first();
        queue_.remove(work);
        --queued_;
        lock.unlock();
        work.execute();  // `work` is gone now
        lock.lock();
    }
}

}  // namespace juggle
