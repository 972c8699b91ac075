// Events that the test completes, and a device queue that only remembers.
#pragma once

#include "resource/resource_model/line_model.hpp"
#include "support/manual_event.hpp"
#include "support/tasks.hpp"

#include <juggle/yield.hpp>

#include <cstddef>
#include <span>

namespace resource_model {

class ManualKind {
public:
    using Event = support::ManualEvent;
    using Queue = support::ManualQueue;
    using EventError = support::EventFailed;

    /// Whether waiting on the host for a pending event ends by itself.
    static constexpr bool host_waits_end = true;
    static constexpr bool has_queue = true;

    Event make_event() { return {}; }
    void settle(const Event& event, Status status) {
        if (status == Status::failed) {
            event.fail();
        } else {
            event.complete();
        }
    }
    static Status status(const Event& event) {
        switch (event.status()) {
            case juggle::EventStatus::pending:
                return Status::pending;
            case juggle::EventStatus::complete:
                return Status::complete;
            default:
                return Status::failed;
        }
    }
    static bool same(const Event& a, const Event& b) { return a == b; }
    static long references(const Event& event) { return event.references(); }

    /// Lets others go on, while somebody has to.
    static constexpr int max_pauses = 1'000;
    static juggle::Task<> pause() { return support::yield_times(1); }

    Queue queue;
};

}  // namespace resource_model
