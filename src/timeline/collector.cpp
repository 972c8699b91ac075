#include "recorded_names.hpp"
#include "recorder.hpp"
#include "recording.hpp"
#include "timeline_data.hpp"
#include "timeline_event.hpp"

#include <juggle/detail/base/report.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// Makes bars of the events, oldest first. Of what began before the oldest event only the end is
/// known: it is drawn from the start. What has not ended lasts to the end.
class Recorder::Collector {
public:
    explicit Collector(const Recorder& recorder) : recorder_{recorder} {
        const std::uint64_t kept = std::min<std::uint64_t>(recorder.count_, recorder.mask_ + 1);
        first_ = recorder.count_ - kept;
        find_limits();
        prepare_lanes();
    }

    TimelineData collect() {
        for (std::uint64_t index = first_; index != recorder_.count_; ++index) {
            take(recorder_.ring_[index & recorder_.mask_]);
        }
        close_host(last_);
        for (auto& [key, open] : open_tickets_) {
            close_ticket(key.first, open, last_);
        }
        finish();
        return std::move(data_);
    }

private:
    struct OpenTicket {
        TimelineEvent event;
        std::uint64_t number = 0;
    };
    using TicketKey = std::pair<std::uint32_t, std::uint64_t>;  // its track and its number

    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    void find_limits() {
        if (first_ == recorder_.count_) {
            return;
        }
        start_ = std::numeric_limits<std::int64_t>::max();
        last_ = std::numeric_limits<std::int64_t>::min();
        // A bar is recorded at its end: where others have been lost, nothing else is known of the
        // time at which a long one began.
        const bool whole = first_ == 0;
        for (std::uint64_t index = first_; index != recorder_.count_; ++index) {
            const TimelineEvent& event = recorder_.ring_[index & recorder_.mask_];
            start_ = std::min(start_, event.time + (whole ? 0 : event.length));
            last_ = std::max(last_, event.time + event.length);
        }
        data_.start = start_;
        data_.length = last_ - start_;
    }

    /// The host's first, then by kind.
    void prepare_lanes() {
        data_.lost = first_ + recorder_.lost_;
        data_.lanes.push_back({.kind = TimelineLaneKind::host, .name = "host"});
        lane_of_.assign(recorder_.names_->tracks.size(), none);
        counter_of_.assign(recorder_.names_->tracks.size(), none);
    }

    void take(const TimelineEvent& event) {
        switch (event.kind) {
            case TimelineEventKind::turn:
                close_host(event.time);
                host_ = event;
                host_is_open_ = event.task != 0;
                return;
            case TimelineEventKind::idle:
                return close_host(event.time);
            case TimelineEventKind::wait:
            case TimelineEventKind::held:
                return open_ticket(event);
            case TimelineEventKind::left:
                return leave(event);
            case TimelineEventKind::bar:
                lane(event.track)
                    .bars.push_back({.begin = std::max(event.time, start_) - start_,
                                     .end = event.time + event.length - start_,
                                     .what = recorder_.names_->texts[event.number],
                                     .chunk = chunk_of(event),
                                     .task = task_number(event.task)});
                return;
            case TimelineEventKind::level:
                counter(event.track).levels.push_back({event.time - start_, event.number});
                return;
        }
    }

    void close_host(std::int64_t time) {
        if (!std::exchange(host_is_open_, false) || time == host_.time) {
            return;
        }
        auto& bars = data_.lanes.front().bars;
        const TimelineBar bar{.begin = host_.time - start_,
                              .end = time - start_,
                              .what = task_text(host_),
                              .chunk = chunk_of(host_),
                              .task = task_number(host_.task)};
        bars.push_back(bar);
    }

    void open_ticket(const TimelineEvent& event) {
        const TicketKey key{event.track, event.number};
        const auto [place, is_new] =
            open_tickets_.try_emplace(key, OpenTicket{event, event.number});
        if (!is_new && event.kind == TimelineEventKind::held) {
            close_ticket(event.track, place->second, event.time);
            place->second.event = event;
        }
    }

    void leave(const TimelineEvent& event) {
        const auto open = open_tickets_.find({event.track, event.number});
        if (open != open_tickets_.end()) {
            close_ticket(event.track, open->second, event.time);
            open_tickets_.erase(open);
            return;
        }
        // It began before the oldest event.
        TimelineEvent held = event;
        held.kind = TimelineEventKind::held;
        held.time = start_;
        close_ticket(event.track, {held, event.number}, event.time);
    }

    void close_ticket(std::uint32_t track, const OpenTicket& open, std::int64_t time) {
        lane(track).bars.push_back({.begin = open.event.time - start_,
                                    .end = time - start_,
                                    .what = "ticket " + std::to_string(open.number) + " (" +
                                            describe_shortly(open.event.where) + ")",
                                    .chunk = chunk_of(open.event),
                                    .task = task_number(open.event.task),
                                    .waiting = open.event.kind == TimelineEventKind::wait});
    }

    [[nodiscard]] std::string task_text(const TimelineEvent& turn) const {
        return "task " + std::to_string(task_number(turn.task)) + " (" +
               (turn.number == RecordedNames::others ? describe_shortly(turn.where)
                                                     : recorder_.names_->texts[turn.number]) +
               ")";
    }
    [[nodiscard]] static std::optional<std::uint64_t> chunk_of(const TimelineEvent& event) {
        return event.chunk == no_chunk ? std::nullopt : std::optional{event.chunk};
    }

    [[nodiscard]] TimelineLane& lane(std::uint32_t track) {
        std::size_t& place = lane_of_[track];
        if (place == none) {
            const RecordedLane& known = recorder_.names_->tracks[track];
            place = data_.lanes.size();
            data_.lanes.push_back(
                {.kind = known.kind, .name = known.name, .device_time = known.device_time});
        }
        return data_.lanes[place];
    }
    [[nodiscard]] TimelineCounter& counter(std::uint32_t track) {
        std::size_t& place = counter_of_[track];
        if (place == none) {
            const RecordedLane& known = recorder_.names_->tracks[track];
            place = data_.counters.size();
            data_.counters.push_back({.name = known.name, .capacity = known.capacity});
        }
        return data_.counters[place];
    }

    void finish() {
        if (data_.lanes.front().bars.empty()) {
            data_.lanes.erase(data_.lanes.begin());
        }
        sort_lanes();
        arrange(data_);
    }

    /// By kind; those of one kind stay in their order.
    void sort_lanes() {
        std::vector<TimelineLane> sorted;
        for (const auto kind :
             {TimelineLaneKind::host, TimelineLaneKind::spans, TimelineLaneKind::queue,
              TimelineLaneKind::thread, TimelineLaneKind::resource}) {
            for (TimelineLane& lane : data_.lanes) {
                if (lane.kind == kind) {
                    sorted.push_back(std::move(lane));
                }
            }
        }
        data_.lanes = std::move(sorted);
    }

    const Recorder& recorder_;
    std::uint64_t first_ = 0;
    std::int64_t start_ = 0;
    std::int64_t last_ = 0;
    TimelineData data_;
    std::vector<std::size_t> lane_of_;
    std::vector<std::size_t> counter_of_;
    TimelineEvent host_;
    bool host_is_open_ = false;
    std::map<TicketKey, OpenTicket> open_tickets_;
};

TimelineData Recorder::data() {
    for (const auto& [key, part] : names_->parts) {
        part->catch_up();
    }
    TimelineData own = Collector{*this}.collect();
    return added_.empty() ? own : merged(std::move(own), added_);
}

}  // namespace juggle::detail
