#include <juggle/detail/run/loop.hpp>
#include <juggle/thread_pool.hpp>

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace juggle::inline JUGGLE_ABI {

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

/// Zero where processes do not fork.
std::int64_t this_process() noexcept {
#if defined(__unix__) || defined(__APPLE__)
    return ::getpid();
#else
    return 0;
#endif
}

}  // namespace

ThreadPool& detail::default_thread_pool(Loop& loop) { return loop.service<PoolService>().pool; }

/// The threads, and what they share.
class ThreadPool::Crew {
public:
    static constexpr std::size_t most_threads =
        std::numeric_limits<std::ptrdiff_t>::max() / sizeof(std::thread);

    explicit Crew(std::size_t max_threads) : max_threads_{max_threads} {
        threads_.reserve(max_threads);
    }
    ~Crew() {
        {
            const std::lock_guard lock{mutex_};
            closing_ = true;
        }
        changed_.notify_all();
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    void submit(detail::PoolWork& work) {
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

    [[nodiscard]] bool withdraw(detail::PoolWork& work) noexcept {
        const std::lock_guard lock{mutex_};
        if (!queue_.contains(work)) {
            return false;
        }
        queue_.remove(work);
        --queued_;
        return true;
    }

    [[nodiscard]] bool has_this_thread() const noexcept {
        return std::ranges::any_of(threads_, [](const std::thread& thread) {
            return thread.get_id() == std::this_thread::get_id();
        });
    }

private:
    void run_thread() noexcept {
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

    const std::size_t max_threads_;
    std::mutex mutex_;
    std::condition_variable changed_;
    detail::IntrusiveList<detail::PoolWork> queue_;
    std::size_t queued_ = 0;
    std::size_t idle_ = 0;
    bool closing_ = false;
    std::vector<std::thread> threads_;
};

ThreadPool::ThreadPool() : ThreadPool{default_thread_count()} {}

ThreadPool::ThreadPool(std::size_t max_threads) : max_threads_{max_threads} {
    if (max_threads == 0) {
        throw std::invalid_argument{"juggle: ThreadPool: argument 'max_threads' is 0"};
    }
    if (max_threads > Crew::most_threads) {
        throw std::invalid_argument{"juggle: ThreadPool: argument 'max_threads' is " +
                                    std::to_string(max_threads) + ", more than memory can hold"};
    }
    crew_ = std::make_unique<Crew>(max_threads);
}

ThreadPool::~ThreadPool() {
    // Nobody can join what another process has, nor itself, as `std::exit` would have it that was
    // called by work of the pool. What they share stays, for it may be in use or locked.
    if (threads_are_elsewhere() || crew_->has_this_thread()) {
        (void)crew_.release();
    }
}

void ThreadPool::submit(detail::PoolWork& work) {
    std::int64_t none = 0;
    process_.compare_exchange_strong(none, this_process(), std::memory_order_relaxed);
    if (threads_are_elsewhere()) {
        throw std::logic_error{
            "juggle: ThreadPool: this process was forked from the one that has the threads; after "
            "a fork it needs another pool, or executor"};
    }
    crew_->submit(work);
}

bool ThreadPool::withdraw(detail::PoolWork& work) noexcept {
    return threads_are_elsewhere() || crew_->withdraw(work);
}

bool ThreadPool::threads_are_elsewhere() const noexcept {
    const std::int64_t process = process_.load(std::memory_order_relaxed);
    return process != 0 && process != this_process();
}

}  // namespace juggle
