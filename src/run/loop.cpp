#include "description.hpp"

#include <juggle/bridge/idle_source.hpp>
#include <juggle/bridge/poller.hpp>
#include <juggle/deadlock.hpp>
#include <juggle/detail/base/report.hpp>
#include <juggle/detail/base/saturate.hpp>
#include <juggle/detail/run/loop.hpp>
#include <juggle/detail/run/metrics_collector.hpp>
#include <juggle/detail/run/poison_record.hpp>
#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/detail/run/waiter.hpp>
#include <juggle/observer.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

/// How many nodes run before posts and timers are looked at again.
constexpr std::size_t fairness = 61;

std::string without_last_newline(std::string text) {
    if (text.ends_with('\n')) {
        text.pop_back();
    }
    return text;
}

TaskKey key_before_first_task() noexcept {
    static std::atomic<TaskKey> loops{0};
    return loops.fetch_add(1, std::memory_order_relaxed) % loops_told_apart << task_number_bits;
}

std::string deadlock_text(const Loop& loop) {
    constexpr std::size_t max_tasks = 100;
    return "juggle: deadlock: no task can go on, and nothing outside is to wake one "
           "(another thread that is to post keeps a juggle::Poster)\n" +
           without_last_newline(loop.describe(max_tasks));
}

Inbox::WakeUp wake_up_of(const ExecutorOptions& options) {
    if (options.idle == nullptr) {
        return options.wake_up;
    }
    if (options.wake_up) {
        throw std::invalid_argument{
            "juggle: Executor: options.idle and options.wake_up are both there: either the "
            "executor sleeps in the one, or a foreign loop drives it and is woken by the other"};
    }
    return [idle = options.idle] { idle->wake(); };
}

}  // namespace

bool Inbox::consumer_calls() const noexcept {
    return current_loop != nullptr && &current_loop->inbox() == this;
}

bool is_unwinding() noexcept {
    const Loop* loop = current_loop;
    return std::uncaught_exceptions() > (loop == nullptr ? 0 : loop->exceptions_outside()) ||
           (loop == nullptr && last_run_failed);
}

void Loop::misuse_by_wake_up() noexcept {
    misuse(
        "juggle: a task was woken by a thread that is not its executor's: something that the "
        "tasks of an executor share was used there; other threads use a juggle::Poster");
}

/// While it lives this thread is inside the loop.
class Loop::Entered {
public:
    explicit Entered(Loop& loop) noexcept
        : loop_{loop}, outer_{std::exchange(current_loop, &loop)},
          outer_observer_{std::exchange(current_observer, loop.options_.observer)},
          outer_frames_{std::exchange(current_frames, &loop.frames_)} {
        if (outer_ != nullptr) {
            outer_->left_task_ = std::exchange(running_task, 0);
            outer_->left_record_ = exchange_running_record(nullptr);
        }
        loop_.bind_thread();
        loop_.entered_ = true;
        loop_.exceptions_outside_ = std::uncaught_exceptions();
    }
    ~Entered() {
        loop_.entered_ = false;
        if (loop_.options_.observer != nullptr) {
            loop_.options_.observer->idle();
        }
        running_task = outer_ == nullptr ? 0 : std::exchange(outer_->left_task_, 0);
        (void)exchange_running_record(
            outer_ == nullptr ? nullptr : std::exchange(outer_->left_record_, nullptr));
        current_loop = outer_;
        current_observer = outer_observer_;
        current_frames = outer_frames_;
    }
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;

private:
    [[maybe_unused, no_unique_address]] RunsTasks runs_tasks_;
    Loop& loop_;
    Loop* outer_;
    Observer* outer_observer_;
    FrameLists* outer_frames_;
};

/// Inline, since it is the innermost part of each loop here.
inline void Loop::run_node(PostNode& node) noexcept {
    ++tick_;
    ReadyQueue::run(node);
    while (next_ != nullptr) {
        ReadyQueue::run(*std::exchange(next_, nullptr));
    }
    running_task = 0;
    (void)exchange_running_record(nullptr);
}

Loop::Loop(Executor& executor, ExecutorOptions options)
    : clock_{options.clock != nullptr ? *options.clock : SteadyClock::instance()},
      inbox_{new Inbox{wake_up_of(options), static_cast<bool>(options.wake_up)}},
      executor_{executor}, last_task_key_{key_before_first_task()}, options_{std::move(options)} {
    bind_thread();
    if (options_.metrics) {
        metrics_collector_ = options_.metrics.make()(clock_, options_.observer);
        options_.observer = metrics_collector_.get();
    }
    if (options_.idle != nullptr && std::exchange(options_.idle->in_use_, true)) {
        throw std::invalid_argument{
            "juggle: Executor: options.idle is the idle source of another executor"};
    }
    set_stopping(false);
    if (options_.wake_up) {
        foreign_loop_sleeps_ = inbox_->watch();
    }
}

Loop::~Loop() {
    foreign_loop_sleeps_ = false;
    {
        const Entered entered{*this};
        stop_all();
        while (running_tasks_ != 0 && run_what_is_left()) {}
        if (running_tasks_ != 0) {
            destroy_remaining_tasks();
        }
        // What was posted before is still called, services' own posts among it; nobody can post
        // any more.
        ready_.append(inbox_->close());
        while (!ready_.empty()) {
            run_node(ready_.pop());
        }
        while (!services_.empty()) {
            services_.pop_back();
            if (running_tasks_ != 0) {  // it has spawned them on its way out
                destroy_remaining_tasks();
            }
        }
        for (bridge::Poller* const poller : pollers_) {
            poller->executor_ = nullptr;
        }
        while (SpawnedTask* task = tasks_.first()) {
            task->leave_loop();
        }
    }
    if (options_.idle != nullptr) {
        while (inbox_->wakes() != wakes_) {
            std::this_thread::yield();
        }
        options_.idle->in_use_ = false;
    }
}

bool Loop::left_by_exit() const noexcept {
    if (has_checks && entered_ && !guard_.is_wrong_thread()) {
        misuse_by_destruction("juggle: an executor was destroyed by what it runs");
    }
    return entered_;
}

/// False: no task has anything to do, and nothing is to come that would change that. A post is no
/// such thing by itself, or whoever posts again and again could keep the executor forever.
bool Loop::run_what_is_left() noexcept {
    fire_timers();
    bool busy = false;
    for (; !ready_.empty(); busy = true) {
        ReadyQueue now_ready = std::exchange(ready_, ReadyQueue{});
        while (!now_ready.empty()) {
            run_node(now_ready.pop());
        }
    }
    run_posts();
    ask_pollers();
    if (busy || !ready_.empty()) {
        return true;
    }
    if (!tasks_have_timers() && !poller_awaited_ && external_uses_ == 0) {
        return false;
    }
    sleep();
    return true;
}

/// And nothing else, not even what that makes ready.
void Loop::run_posts() noexcept {
    ReadyQueue posts;
    posts_ += posts.append(inbox_->take());
    while (!posts.empty()) {
        run_node(posts.pop());
    }
}

bool Loop::tasks_have_timers() const noexcept {
    return timers_.size() > (watchdog_.armed() ? 1U : 0U);
}

void Loop::stop_all() noexcept {
    set_stopping(true);
    asking_all_ = true;
    ++stop_round_;
    // The newest first: a task's variables outlive the tasks that it has spawned.
    for (SpawnedTask* task = tasks_.last(); task != nullptr; task = tasks_.before(*task)) {
        // Parts of a task get it from that, and so may those that a task waits for.
        if (task->parent() == nullptr && task->stop_round() != stop_round_) {
            task->request_stop();
        }
    }
    asking_all_ = false;
}

void Loop::destroy_remaining_tasks() noexcept {
    abandoning_ = true;
    for (SpawnedTask* task = tasks_.first(); task != nullptr; task = tasks_.after(*task)) {
        task->note_innermost();
    }
    // First all leave the lines they stand in, since a line may be a variable of another task.
    for (SpawnedTask* task = tasks_.first(); task != nullptr; task = tasks_.after(*task)) {
        task->cancel_wait();
    }
    // Another thread may be about to end a wait that could not be given up at once.
    while (external_uses_ != 0) {
        run_posts();
        ask_pollers();
        if (external_uses_ != 0) {
            sleep();
        }
    }
    // Then the newest goes first: a task's variables outlive the tasks that it has spawned.
    while (running_tasks_ != 0) {
        for (SpawnedTask* task = tasks_.last(); task != nullptr;) {
            task->retain();
            if (!task->ended()) {
                ready_.clear();  // whoever was woken is about to be destroyed
                task->abandon();
            }
            SpawnedTask* before = tasks_.before(*task);
            task->release();
            task = before;
        }
    }
    ready_.clear();
    abandoning_ = false;
}

TimePoint Loop::after(std::chrono::nanoseconds delay) noexcept { return later_by(now(), delay); }

void Loop::look_at_new(SpawnedTask& task) noexcept {
    if (options_.report_waits_after.count() > 0 && !watchdog_.armed()) {
        arm_watchdog();
    }
    if (stopping_ && task.parent() == nullptr) {
        task.request_stop();
    }
}

void Loop::arm_watchdog() noexcept {
    const auto between = options_.report_waits_after / looks_before_report;
    timers_.insert(watchdog_, after(std::max(between, std::chrono::nanoseconds{1})));
}

void Loop::Watchdog::look(Timer& timer) noexcept {
    Loop& loop = static_cast<Watchdog&>(timer).loop_;
    loop.report_long_waits();
    if (loop.running_tasks_ != 0) {
        loop.arm_watchdog();
    }
}

void Loop::report_long_waits() noexcept {
    for (SpawnedTask* task = tasks_.first(); task != nullptr; task = tasks_.after(*task)) {
        std::uint8_t* seen = nullptr;
        if (task->suspended_in != nullptr && task->suspended_in->outside()) {
            seen = &task->suspended_in->times_seen();
        } else if (task->innermost != nullptr) {
            seen = &task->foreign_wait_seen();
        }
        // The first look finds a wait that may have just begun.
        if (seen == nullptr || *seen > looks_before_report) {
            continue;
        }
        ++*seen;
        if (*seen > looks_before_report) {
            report_wait(*task);
        }
    }
}

void Loop::report_wait(const SpawnedTask& task) noexcept {
    try {
        const std::chrono::duration<double> time = options_.report_waits_after;
        std::array<char, 32> seconds{};
        std::snprintf(seconds.data(), seconds.size(), "%g", time.count());
        report("juggle: a wait has lasted for " + std::string{seconds.data()} +
               " s: " + without_last_newline(describe(task)));
    } catch (const std::bad_alloc&) {
        report("juggle: a wait lasts long, and there is no memory to say which");
    }
}

std::string Loop::describe(std::size_t max_tasks) const {
    return describe_tasks(tasks_, current_loop == this ? running_task : left_task_, max_tasks);
}

std::string Loop::describe(const SpawnedTask& task) { return describe_task(task); }

Metrics Loop::metrics() const {
    Metrics metrics;
    metrics.ticks = tick_;
    metrics.posts = posts_;
    metrics.sleeps = sleeps_;
    metrics.running_tasks = running_tasks_;
    if (metrics_collector_ != nullptr) {
        metrics_collector_->add_to(metrics);
    }
    return metrics;
}

void Loop::report(const UnhandledException& unhandled) noexcept {
    try {
        if (options_.on_unhandled_exception) {
            options_.on_unhandled_exception(unhandled);
            return;
        }
    } catch (...) {
        print("juggle: on_unhandled_exception threw");
    }
    print(unhandled);
}

void Loop::report(std::string_view diagnostic) noexcept {
    try {
        if (options_.on_diagnostic) {
            options_.on_diagnostic(diagnostic);
            return;
        }
    } catch (...) {
        print("juggle: on_diagnostic threw");
    }
    print(diagnostic);
}

void Loop::add_unexplained(std::shared_ptr<PoisonRecord> record) {
    if (unexplained_tick_ != tick_) {
        unexplained_.clear();
        unexplained_tick_ = tick_;
    }
    unexplained_.push_back(std::move(record));
}

void Loop::set_cause(const std::exception_ptr& cause) noexcept {
    if (unexplained_.empty()) {
        return;
    }
    if (unexplained_tick_ == tick_) {
        for (const auto& record : unexplained_) {
            record->cause = cause;
        }
    }
    unexplained_.clear();
}

void Loop::take_posts_and_timers() noexcept {
    posts_ += ready_.append(inbox_->take());
    fire_timers();
}

void Loop::fire_timers() noexcept {
    if (timers_.empty()) {
        return;
    }
    const TimePoint time = now();
    while (!timers_.empty() && timers_.first().due() <= time) {
        Timer& timer = timers_.first();
        timers_.remove(timer);
        timer.fire();
    }
}

void Loop::remove(bridge::Poller& poller) noexcept {
    std::erase(pollers_, &poller);
    if (pollers_.empty()) {
        poll_at_.reset();
        poller_awaited_ = false;
    }
}

void Loop::ask_pollers() noexcept {
    if (pollers_.empty()) [[likely]] {
        return;
    }
    std::optional<TimePoint> first;
    bool awaited = false;
    // NOLINTNEXTLINE(modernize-loop-convert): one may bring another
    for (std::size_t index = 0; index < pollers_.size(); ++index) {
        const std::optional<TimePoint> at = pollers_[index]->poll();
        awaited = awaited || (at && pollers_[index]->is_awaited());
        if (at && (!first || *at < *first)) {
            first = at;
        }
    }
    poll_at_ = first;
    poller_awaited_ = awaited;
}

/// So that what it waits for does not starve when the executor is busy.
void Loop::look_at_idle_source() noexcept {
    if (options_.idle != nullptr) {
        options_.idle->sleep(TimePoint::min());
    }
}

/// False: nothing is ready, even now that pollers were asked.
bool Loop::take_turn(const bool& done) noexcept {
    take_posts_and_timers();
    for (std::size_t ran = 0; ran < fairness && !ready_.empty() && !done; ++ran) {
        run_node(ready_.pop());
    }
    if (!ready_.empty()) {
        look_at_idle_source();
    }
    ask_pollers();
    return !ready_.empty();
}

void Loop::throw_service_asks_for_itself() {
    throw std::logic_error{"juggle: bridge::service: the constructor of a service asks for itself"};
}

bool Loop::is_stuck() const noexcept { return external_uses_ == 0 && nothing_may_come(); }

/// But from those who use a frame that must not be destroyed.
bool Loop::nothing_may_come() const noexcept {
    // The last thing that a poster does may be a post: so the posters come first.
    return external_waits_ == 0 && !inbox_->has_posters() && !inbox_->has_posts() &&
           !tasks_have_timers() && !poller_awaited_ &&
           (options_.idle == nullptr || !options_.idle->may_bring_work());
}

void Loop::run_until(const bool& done, bool may_be_stopped) {
    const Entered entered{*this};
    bool told = false;
    while (!done) {
        if (take_turn(done) || done) {
            continue;
        }
        if (is_stuck() && !told) {
            const std::string text = deadlock_text(*this);
            if (!may_be_stopped) {
                throw Deadlock{text};
            }
            told = true;
            report(text);
            continue;  // whoever was told may have done something about it
        }
        sleep();
    }
}

void Loop::stop_and_drain() {
    const Entered entered{*this};
    stop_all();
    const bool never = false;
    bool told = false;
    while (running_tasks_ != 0) {
        if (take_turn(never) || running_tasks_ == 0) {
            continue;
        }
        if (is_stuck()) {
            set_stopping(false);
            throw Deadlock{deadlock_text(*this)};
        }
        if (stopping_after != nullptr && !told && nothing_may_come()) {
            told = true;  // a wait may not end that was asked to, and the deadlock be lost
            report(stopping_after);
            continue;
        }
        sleep();
    }
    set_stopping(false);
}

std::optional<TimePoint> Loop::wakes_by_itself_at() const noexcept {
    if (timers_.empty()) {
        return poll_at_;
    }
    const TimePoint due = timers_.first().due();
    return poll_at_ ? std::min(*poll_at_, due) : due;
}

bool Loop::spin(std::optional<TimePoint> until) noexcept {
    TimePoint end = after(options_.spin);
    if (until) {
        end = std::min(end, *until);
    }
    do {
        for (int look = 0; look < 64; ++look) {
            if (inbox_->has_posts()) {
                return true;
            }
        }
    } while (now() < end);
    return false;
}

void Loop::sleep() noexcept {
    const std::optional<TimePoint> until = wakes_by_itself_at();
    // The least of all times means at once: a poller that spins does without the clock.
    if (inbox_->has_posts() ||
        (poll_at_ && (*poll_at_ == TimePoint::min() || *poll_at_ <= now()))) {
        look_at_idle_source();
        return;
    }
    if (options_.observer != nullptr) {
        options_.observer->idle();
    }
    if (options_.clock != nullptr) {  // not to jump over what has come already
        look_at_idle_source();
    }
    if (until && ready_.empty() && clock_.skip_to(*until)) {
        return;
    }
    if (options_.spin.count() > 0 && spin(until)) {
        return;  // otherwise the timer is due, or it is worth sleeping
    }
    if (options_.idle != nullptr) {
        sleep_in_idle_source(until);
    } else if (inbox_->arm()) {
        ++sleeps_;
        inbox_->wait(until);
    }
}

void Loop::sleep_in_idle_source(std::optional<TimePoint> until) noexcept {
    if (!inbox_->watch()) {
        look_at_idle_source();
        return;
    }
    ++sleeps_;
    options_.idle->sleep(ready_.empty() ? until : TimePoint::min());
    if (!inbox_->unwatch()) {
        ++wakes_;
    }
}

std::size_t Loop::run_ready(std::size_t max_steps) noexcept {
    const Entered entered{*this};
    std::size_t ran = 0;
    take_posts_and_timers();
    // Only what was ready at the start: whatever a task schedules now is for the next poll.
    PostNode* last = ready_.last();
    for (bool more = !ready_.empty(); more && ran < max_steps; ++ran) {
        PostNode& node = ready_.pop();
        more = &node != last;
        run_node(node);
    }
    ask_pollers();
    return ran;
}

std::size_t Loop::poll(std::size_t max_steps) {
    const auto ended_tasks = [this] { return last_task_key_ - running_tasks_; };
    const TaskKey ended_before = ended_tasks();
    foreign_loop_sleeps_ = false;
    const std::size_t ran = run_ready(max_steps);
    if (options_.wake_up && ready_.empty()) {
        foreign_loop_sleeps_ = inbox_->watch();
        // What its condition is about may have changed, which it may look at before it polls. Posts
        // wake it all the same, for it may begin to listen after this.
        if (foreign_loop_sleeps_ && ended_tasks() != ended_before) {
            wake_foreign_loop();
        }
    }
    return ran;
}

void Loop::schedule_and_wake(PostNode& node) noexcept {
    ready_.push(node);
    foreign_loop_sleeps_ = false;
    if (inbox_->unwatch()) {
        wake_foreign_loop();
    }
}

void Loop::wake_foreign_loop() noexcept {
    entered_ = true;  // it is to be told, and not to poll within the call
    options_.wake_up();
    entered_ = false;
}

std::optional<TimePoint> Loop::next_deadline() noexcept {
    if (!ready_.empty() || inbox_->has_posts()) {
        return now();
    }
    const std::optional<TimePoint> at = wakes_by_itself_at();
    // So that the time until then can be had, whatever the clock's epoch is.
    return at ? std::min(*at, after(std::chrono::nanoseconds::max())) : at;
}

}  // namespace juggle::detail
