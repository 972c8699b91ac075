#include <juggle/clock.hpp>
#include <juggle/detail/base/label.hpp>
#include <juggle/detail/resource/ticket_queue.hpp>
#include <juggle/detail/run/metrics_collector.hpp>
#include <juggle/detail/run/metrics_switch.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <new>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

std::uint32_t next_serial() noexcept {
    static std::atomic<std::uint32_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

/// How long tasks have waited together is the number of those that wait, integrated over time.
class Side {
public:
    /// Null: nobody has waited yet.
    [[nodiscard]] const char* operation() const noexcept { return operation_; }
    void set_operation(const char* operation) noexcept { operation_ = operation; }

    void begin(TimePoint now) noexcept {
        advance(now);
        ++waiting_;
        ++waits_;
    }
    void end(TimePoint now) noexcept {
        advance(now);
        waiting_ -= waiting_ == 0 ? 0 : 1;
    }
    /// What was waited for is gone.
    void end_all(TimePoint now) noexcept {
        advance(now);
        waiting_ = 0;
    }
    void add(const Side& other) noexcept {
        waits_ += other.waits_;
        waited_ += other.waited_;
    }
    void add_to(Metrics::Waits& waits, TimePoint now) const noexcept {
        Side self = *this;
        self.advance(now);
        waits.waiting += waiting_;
        waits.waits += waits_;
        waits.waited += self.waited_;
    }

private:
    void advance(TimePoint now) noexcept {
        waited_ += static_cast<std::int64_t>(waiting_) * (now - since_);
        since_ = now;
    }

    const char* operation_ = nullptr;
    std::size_t waiting_ = 0;
    std::uint64_t waits_ = 0;
    std::chrono::nanoseconds waited_{0};
    TimePoint since_{};
};

/// One thing, or all of a name that are gone.
struct Row {
    const char* kind = nullptr;
    std::string name;
    bool gone = false;
    std::uint64_t level = 0;
    std::uint64_t capacity = 0;
    std::uint64_t served = 0;
    std::array<Side, 3> sides;  // no kind has more functions in which tasks wait

    [[nodiscard]] Side& side(std::string_view operation) noexcept {
        Side* side = sides.data();
        while (side->operation() != nullptr && side->operation() != operation) {
            ++side;
        }
        return *side;
    }
};

class Counts final : public MetricsCollector {
public:
    Counts(Clock& clock, Observer* next) noexcept : clock_{clock}, next_{next} {}

    void add_to(Metrics& metrics) const override {
        const TimePoint now = clock_.now();
        std::map<std::pair<std::string_view, std::string_view>, Metrics::Object> objects;
        for (const Row& row : rows_) {
            if (row.kind != nullptr) {
                add(row, objects[{row.kind, row.name}], now);
            }
        }
        for (auto& [key, object] : objects) {
            metrics.objects.push_back(std::move(object));
        }
    }

    // What is counted, and passed on.

    void ticket_waits(const Ticket& ticket) noexcept override {
        if (ticket.recorded() == TicketRecord::none) {
            began(ticket.queue().label(), operation_of_tickets);
        }
        if (next_ != nullptr) {
            next_->ticket_waits(ticket);
        }
    }
    void ticket_held(const Ticket& ticket) noexcept override {
        if (ticket.recorded() == TicketRecord::waits) {
            ended(ticket.queue().label(), operation_of_tickets);
        }
        if (Row* row = row_of(ticket.queue().label())) {
            row->capacity = 1;
            ++row->served;
            row->level = ticket.shared() ? row->level + 1 : 1;
        }
        if (next_ != nullptr) {
            next_->ticket_held(ticket);
        }
    }
    void ticket_left(const Ticket& ticket) noexcept override {
        if (ticket.recorded() == TicketRecord::waits) {
            ended(ticket.queue().label(), operation_of_tickets);
        } else if (Row* row = row_of(ticket.queue().label())) {
            row->level -= row->level == 0 ? 0 : 1;
        }
        if (next_ != nullptr) {
            next_->ticket_left(ticket);
        }
    }
    void level_changed(const Label& of, std::uint64_t level,
                       std::uint64_t capacity) noexcept override {
        set_level(of, level, capacity);
        if (next_ != nullptr) {
            next_->level_changed(of, level, capacity);
        }
    }
    void permits_changed(const Label& of, std::uint64_t out,
                         std::uint64_t permits) noexcept override {
        set_level(of, out, permits);
        if (next_ != nullptr) {
            next_->permits_changed(of, out, permits);
        }
    }
    void served(const Label& by, std::uint64_t total) noexcept override {
        if (Row* row = row_of(by)) {
            row->served = total;
        }
        if (next_ != nullptr) {
            next_->served(by, total);
        }
    }
    void wait_began(const Label& at, const char* operation) noexcept override {
        began(at, operation);
        if (next_ != nullptr) {
            next_->wait_began(at, operation);
        }
    }
    void wait_ended(const Label& at, const char* operation) noexcept override {
        ended(at, operation);
        if (next_ != nullptr) {
            next_->wait_ended(at, operation);
        }
    }
    void destroyed(const Label& label) noexcept override {
        if (label.counted.recorder == serial_ && label.counted.track != 0) {
            bury(label.counted.track - 1);
        }
        if (next_ != nullptr) {
            next_->destroyed(label);
        }
    }

    // What is only passed on.

    SpawnedTask* task_resumed(SpawnedTask* task) noexcept override {
        return next_ == nullptr ? nullptr : next_->task_resumed(task);
    }
    void idle() noexcept override {
        if (next_ != nullptr) {
            next_->idle();
        }
    }
    void ticket_queue_destroyed(const TicketQueue& queue) noexcept override {
        if (next_ != nullptr) {
            next_->ticket_queue_destroyed(queue);
        }
    }
    void offload_ended(const OffloadTimes& times, const SpawnedTask& task) noexcept override {
        if (next_ != nullptr) {
            next_->offload_ended(times, task);
        }
    }
    void command(std::string_view queue, std::string_view what, TimePoint start,
                 TimePoint end) noexcept override {
        if (next_ != nullptr) {
            next_->command(queue, what, start, end);
        }
    }
    [[nodiscard]] Work work() const noexcept override {
        return next_ == nullptr ? Work{} : next_->work();
    }
    void message(std::string_view lane, std::string_view what, TimePoint start, TimePoint end,
                 const Work& of) noexcept override {
        if (next_ != nullptr) {
            next_->message(lane, what, start, end, of);
        }
    }
    CommandSink* command_sink() noexcept override {
        return next_ == nullptr ? nullptr : next_->command_sink();
    }

private:
    static constexpr const char* operation_of_tickets = "wait";

    static void add(const Row& row, Metrics::Object& object, TimePoint now) {
        object.kind = row.kind;
        object.name = row.name;
        object.level += row.level;
        object.capacity += row.capacity;
        object.served += row.served;
        for (const Side& side : row.sides) {
            if (side.operation() == nullptr) {
                return;
            }
            auto waits =
                std::ranges::find(object.waits, side.operation(), &Metrics::Waits::operation);
            if (waits == object.waits.end()) {
                waits = object.waits.insert(waits, {.operation = side.operation()});
            }
            side.add_to(*waits, now);
        }
    }

    void set_level(const Label& of, std::uint64_t level, std::uint64_t capacity) noexcept {
        if (Row* row = row_of(of)) {
            row->level = level;
            row->capacity = capacity;
        }
    }
    void began(const Label& at, const char* operation) noexcept {
        if (Row* row = row_of(at)) {
            Side& side = row->side(operation);
            side.set_operation(operation);
            side.begin(clock_.now());
        }
    }
    void ended(const Label& at, const char* operation) noexcept {
        if (Row* row = row_of(at)) {
            row->side(operation).end(clock_.now());
        }
    }

    /// Null: it has no name, or there was no memory when it was first seen.
    [[nodiscard]] Row* row_of(const Label& label) noexcept {
        if (label.counted.recorder != serial_) [[unlikely]] {
            label.counted = {serial_, label.name().empty() ? 0 : add_row(label)};
        }
        return label.counted.track == 0 ? nullptr : &rows_[label.counted.track - 1];
    }

    /// Gives its number, from 1; 0 if there is no memory.
    [[nodiscard]] std::uint32_t add_row(const Label& label) noexcept {
        try {
            auto row = std::ranges::find(rows_, nullptr, &Row::kind);
            if (row == rows_.end()) {
                row = rows_.insert(row, Row{});
            }
            row->name = label.name();
            row->kind = label.kind();
            return static_cast<std::uint32_t>(row - rows_.begin()) + 1;
        } catch (const std::bad_alloc&) {
            return 0;
        }
    }

    /// Its counts live on, with those of others that were called the same.
    void bury(std::uint32_t index) noexcept {
        Row& row = rows_[index];
        const auto earlier = std::ranges::find_if(rows_, [&row](const Row& other) {
            return other.gone && std::tie(other.name) == std::tie(row.name) &&
                   std::string_view{other.kind} == row.kind;
        });
        for (Side& side : row.sides) {
            side.end_all(clock_.now());
        }
        if (earlier == rows_.end()) {
            row.gone = true;
            row.level = row.capacity = 0;
            return;
        }
        earlier->served += row.served;
        for (const Side& side : row.sides) {
            if (side.operation() != nullptr) {
                Side& sum = earlier->side(side.operation());
                sum.set_operation(side.operation());
                sum.add(side);
            }
        }
        row = Row{};
    }

    Clock& clock_;
    Observer* next_;
    const std::uint32_t serial_ = next_serial();
    std::vector<Row> rows_;  // one without a kind is free
};

}  // namespace

std::unique_ptr<MetricsCollector> make_metrics_collector(Clock& clock, Observer* next) {
    return std::make_unique<Counts>(clock, next);
}

}  // namespace juggle::detail
