// A stop request comes at each moment of each kind of wait, whose operation succeeds or fails, at
// once or late. What has noticed it ends by Cancelled; if nothing has, the request is given back to
// the task, and its next await throws.

#include "support/catch.hpp"
#include "support/polled_executor.hpp"
#include "support/torture.hpp"

#include <juggle/bridge/waiter.hpp>
#include <juggle/juggle.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using support::is;
using support::PolledExecutor;
using namespace std::chrono_literals;

namespace {

class BridgeWait;

/// What a form of waiting is tried with.
struct Scene {
    bool fails;
    bool late;                     // the operation goes on when it is asked to stop
    juggle::AsyncEvent trigger{};  // ends the operation
    BridgeWait* bridge_wait = nullptr;
    juggle::AsyncEvent last{};  // ends what else there is
    bool noticed = false;       // the request, by a part
    bool form_ended = false;
    bool went_on = false;
};

/// An operation of something outside.
class BridgeWait final : public juggle::bridge::Waiter {
public:
    explicit BridgeWait(Scene& scene) noexcept : scene_{scene} {}

    void await_resume() const {
        throw_if_stopped();
        if (scene_.fails) {
            throw std::runtime_error{"failed"};
        }
    }
    void end() noexcept {
        scene_.bridge_wait = nullptr;
        complete();
    }

private:
    void start() override {
        scene_.bridge_wait = this;
        if (scene_.trigger.is_set()) {
            end();
        }
    }
    void cancel() noexcept override {
        if (!scene_.late) {
            scene_.noticed = true;
            scene_.bridge_wait = nullptr;
            give_up();
        }
    }
    std::string describe() const override { return "the trigger"; }

    Scene& scene_;
};

juggle::Task<> wait_for(juggle::AsyncEvent& event, Scene& scene) {
    try {
        co_await event.wait();
    } catch (const juggle::Cancelled&) {
        scene.noticed = true;
        throw;
    }
}

juggle::Task<int> operation(Scene& scene) {
    if (scene.late) {
        co_await juggle::shield(wait_for(scene.trigger, scene));
    } else {
        co_await wait_for(scene.trigger, scene);
    }
    if (scene.fails) {
        throw std::runtime_error{"failed"};
    }
    co_return 1;
}

juggle::Task<int> other(Scene& scene) {
    co_await wait_for(scene.last, scene);
    co_return 2;
}

juggle::Task<> in_group(Scene& scene) {
    co_await juggle::with_task_group([&scene](juggle::TaskGroup& group) -> juggle::Task<> {
        group.spawn(operation(scene));
        co_return;
    });
}

juggle::Generator<int> numbers(Scene& scene) {
    const int number = co_await operation(scene);
    co_yield number;
}

std::vector<juggle::Task<int>> two(Scene& scene) {
    std::vector<juggle::Task<int>> tasks;
    tasks.push_back(operation(scene));
    tasks.push_back(other(scene));
    return tasks;
}

struct Form {
    std::string_view name;
    juggle::Task<> (*wait)(Scene&);
};

const Form forms[] = {
    {"co_await", [](Scene& scene) -> juggle::Task<> { (void)co_await operation(scene); }},
    {"bridge::Waiter",
     [](Scene& scene) -> juggle::Task<> {
         BridgeWait wait{scene};
         co_await wait;
     }},
    {"as_outcome",
     [](Scene& scene) -> juggle::Task<> {
         juggle::Outcome<int> outcome = co_await juggle::as_outcome(operation(scene));
         (void)std::move(outcome).value();
     }},
    {"when_all of one",
     [](Scene& scene) -> juggle::Task<> { co_await juggle::when_all(operation(scene)); }},
    {"when_all",
     [](Scene& scene) -> juggle::Task<> {
         co_await juggle::when_all(operation(scene), other(scene));
     }},
    {"when_all of a range",
     [](Scene& scene) -> juggle::Task<> { (void)co_await juggle::when_all(two(scene)); }},
    {"when_all_windowed",
     [](Scene& scene) -> juggle::Task<> {
         (void)co_await juggle::when_all_windowed(two(scene), 1);
     }},
    {"when_all_settled",
     [](Scene& scene) -> juggle::Task<> {
         auto outcomes = co_await juggle::when_all_settled(operation(scene), other(scene));
         (void)std::get<0>(std::move(outcomes)).value();
     }},
    {"when_any",
     [](Scene& scene) -> juggle::Task<> {
         (void)co_await juggle::when_any(operation(scene), other(scene));
     }},
    {"timeout",
     [](Scene& scene) -> juggle::Task<> { (void)co_await juggle::timeout(1h, operation(scene)); }},
    {"shield",
     [](Scene& scene) -> juggle::Task<> { (void)co_await juggle::shield(operation(scene)); }},
    {"a spawned task",
     [](Scene& scene) -> juggle::Task<> {
         const juggle::JoinHandle<int> handle =
             juggle::Executor::current()->spawn(operation(scene));
         (void)co_await handle;
     }},
    {"when_all of a spawned task",
     [](Scene& scene) -> juggle::Task<> {
         co_await juggle::when_all(juggle::Executor::current()->spawn(operation(scene)));
     }},
    {"with_task_group", in_group},
    {"with_task_group of two",
     [](Scene& scene) -> juggle::Task<> {
         co_await juggle::with_task_group([&scene](juggle::TaskGroup& group) -> juggle::Task<> {
             group.spawn(operation(scene));
             group.spawn(other(scene));
             co_return;
         });
     }},
    {"with_task_group, in its body",
     [](Scene& scene) -> juggle::Task<> {
         (void)co_await juggle::with_task_group(
             [&scene](juggle::TaskGroup& group) -> juggle::Task<int> {
                 group.spawn(other(scene));
                 const int value = co_await operation(scene);
                 co_return value;
             });
     }},
    {"nested groups",
     [](Scene& scene) -> juggle::Task<> {
         co_await juggle::with_task_group([&scene](juggle::TaskGroup& group) -> juggle::Task<> {
             group.spawn(in_group(scene));
             co_return;
         });
     }},
    {"TaskGroup::join",
     [](Scene& scene) -> juggle::Task<> {
         juggle::TaskGroup group;
         group.spawn(operation(scene));
         co_await group.join();
     }},
    {"TaskGroup::join of a group that stops",
     [](Scene& scene) -> juggle::Task<> {
         juggle::TaskGroup group;
         group.spawn(juggle::Task<int>{[](Scene& inner) -> juggle::Task<int> {
             const int value = co_await juggle::shield(operation(inner));
             co_return value;
         }(scene)});
         co_await juggle::yield();
         group.request_stop();
         co_await group.join();
     }},
    {"JobQueue::finish",
     [](Scene& scene) -> juggle::Task<> {
         juggle::JobQueue queue{2};
         co_await queue.push(operation(scene));
         co_await queue.push(other(scene));
         co_await queue.finish();
     }},
    {"merge",
     [](Scene& scene) -> juggle::Task<> {
         juggle::Generator<int> merged = juggle::merge(numbers(scene), numbers(scene));
         (void)co_await merged.next();
     }},
    {"a group behind a timeout, in a group",
     [](Scene& scene) -> juggle::Task<> {
         co_await juggle::with_task_group([&scene](juggle::TaskGroup& group) -> juggle::Task<> {
             (void)co_await juggle::timeout(1h, in_group(scene));
             group.request_stop();
         });
     }},
    {"Generator::next",
     [](Scene& scene) -> juggle::Task<> {
         juggle::Generator<int> generator = numbers(scene);
         (void)co_await generator.next();
     }},
};

/// Whether the request came while the form was under way.
bool stop(const Form& form, Scene& scene, int trigger_at, int stop_at, bool stop_first) {
    PolledExecutor polled;
    const auto run = [](const Form& what, Scene& in) -> juggle::Task<> {
        try {
            co_await what.wait(in);
        } catch (const std::runtime_error&) {}
        in.form_ended = true;
        co_await juggle::yield();
        in.went_on = true;
    };
    const juggle::JoinHandle<> victim = polled.executor.spawn(run(form, scene));
    bool in_time = false;
    const auto request_stop = [&] {
        in_time = !scene.form_ended && !victim.done();
        victim.request_stop();
    };
    for (int tick = 0; tick <= std::max(trigger_at, stop_at); ++tick) {
        if (tick == stop_at && stop_first) {
            request_stop();
        }
        if (tick == trigger_at) {
            scene.trigger.set();
            if (scene.bridge_wait != nullptr) {
                scene.bridge_wait->end();
            }
        }
        if (tick == stop_at && !stop_first) {
            request_stop();
        }
        (void)polled.executor.poll();
    }
    polled.settle();
    scene.last.set();
    polled.settle();
    CHECK(victim.done());
    const bool was_stopped = !scene.went_on;
    if (in_time) {
        CHECK((was_stopped || scene.noticed));
    }
    polled.finish();
    return in_time;
}

}  // namespace

TEST_CASE("a stop request that nothing has noticed is for the task's next await") {
    constexpr int ticks = 8;
    for (const Form& form : forms) {
        int stopped_in_time = 0;
        for (const bool fails : {false, true}) {
            for (const bool late : {false, true}) {
                for (int moment = 0; moment < 2 * ticks * ticks; ++moment) {
                    const int trigger_at = moment / 2 % ticks;
                    const int stop_at = moment / 2 / ticks;
                    const bool stop_first = moment % 2 == 0;
                    INFO(form.name << (fails ? ", fails" : "") << (late ? ", late" : "")
                                   << ", done at tick " << trigger_at << ", stopped at " << stop_at
                                   << (stop_first ? ", first" : ""));
                    Scene scene{.fails = fails, .late = late};
                    stopped_in_time += stop(form, scene, trigger_at, stop_at, stop_first) ? 1 : 0;
                    ++support::cases;
                }
            }
        }
        INFO(form.name);
        CHECK(stopped_in_time > 0);
    }
}
