// The strict flush layer: a driver that starts no command before its queue is flushed, which the
// specification allows, some drivers do, and PoCL does not. docs/testing.md.

#include "common/layer.hpp"
#include "strict_flush/ledger.hpp"
#include "strict_flush/strict_flush_control.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace layer {

const char* const name = "juggle-cl-strict-flush";

namespace {

/// A queue's gate while a command is enqueued behind it.
class GateReference {
public:
    explicit GateReference(cl_command_queue queue) : gate_{Ledger::instance().gate(queue)} {}
    ~GateReference() {
        if (gate_ != nullptr) {
            below().clReleaseEvent(gate_);
        }
    }
    GateReference(const GateReference&) = delete;
    GateReference& operator=(const GateReference&) = delete;
    [[nodiscard]] cl_event get() const noexcept { return gate_; }

private:
    cl_event gate_;
};

std::span<const cl_event> list_of(cl_uint count, const cl_event* events) {
    return {events, events != nullptr ? count : 0};
}

/// The list that the program gave, and the gate.
std::vector<cl_event> with_gate(std::span<const cl_event> events, cl_event gate) {
    std::vector<cl_event> result{events.begin(), events.end()};
    result.push_back(gate);
    return result;
}

bool is_well_formed(cl_uint count, const cl_event* events) {
    return (count == 0) == (events == nullptr);
}

/// The ledger's and the program's references to the event of a command that was enqueued.
void enter(cl_command_queue queue, const char* call, cl_event event,
           std::span<const cl_event> after, cl_event* wanted) {
    if (wanted != nullptr) {
        below().clRetainEvent(event);
        *wanted = event;
    }
    Ledger::instance().enqueued(queue, call, event, after);
}

constexpr std::size_t never = ~std::size_t{0};

/// A command: its last parameters are a wait list, the event, and, if it gives a pointer, the
/// status. `blocking` is the place of its flag, counted behind the queue.
template <auto member, std::size_t blocking>
struct Command;

template <class Result, class... Arguments, std::size_t blocking,
          Result (CL_API_CALL* cl_icd_dispatch::*member)(cl_command_queue, Arguments...)>
struct Command<member, blocking> {
    static constexpr std::size_t list_at =
        sizeof...(Arguments) - (std::is_pointer_v<Result> ? 4 : 3);
    static inline const char* call_name = "";

    static Result CL_API_CALL function(cl_command_queue queue, Arguments... arguments) {
        std::tuple<Arguments...> all{arguments...};
        const auto list = list_of(std::get<list_at>(all), std::get<list_at + 1>(all));
        if constexpr (blocking != never) {
            if (std::get<blocking>(all) != CL_FALSE) {
                Ledger::instance().flush(queue);
                const Ledger::Waiting waiting{call_name, queue, list};
                return call_below(queue, all);
            }
        }
        if (!is_well_formed(std::get<list_at>(all), std::get<list_at + 1>(all))) {
            return call_below(queue, all);
        }
        return behind_the_gate(queue, all, list);
    }

private:
    static Result behind_the_gate(cl_command_queue queue, std::tuple<Arguments...> all,
                                  std::span<const cl_event> list) {
        const GateReference gate{queue};
        if (gate.get() == nullptr) {
            return call_below(queue, all);
        }
        const std::vector<cl_event> longer = with_gate(list, gate.get());
        cl_event* wanted = std::get<list_at + 2>(all);
        cl_event event = nullptr;
        std::get<list_at>(all) = static_cast<cl_uint>(longer.size());
        std::get<list_at + 1>(all) = longer.data();
        std::get<list_at + 2>(all) = &event;
        const Result result = call_below(queue, all);
        if (event != nullptr) {
            enter(queue, call_name, event, list, wanted);
        }
        return result;
    }

    static Result call_below(cl_command_queue queue, const std::tuple<Arguments...>& all) {
        return std::apply([queue](auto... each) { return (below().*member)(queue, each...); }, all);
    }
};

/// A marker or barrier. Without a list it waits for everything so far, and so does one with a list
/// that is empty; a gate in its list would make it wait for no more than that. So the gate goes
/// into a marker of its own in front of it, which is part of everything so far.
template <class Enqueue>
cl_int synchronize(const char* call, cl_command_queue queue, std::span<const cl_event> list,
                   cl_event* wanted, Enqueue enqueue) {
    const GateReference gate{queue};
    if (gate.get() == nullptr) {
        return enqueue(list, wanted);
    }
    cl_event event = nullptr;
    cl_int code = CL_SUCCESS;
    if (list.empty()) {
        cl_event in_front = gate.get();
        code = below().clEnqueueMarkerWithWaitList(queue, 1, &in_front, nullptr);
        if (code == CL_SUCCESS) {
            code = enqueue(list, &event);
        }
    } else {
        const std::vector<cl_event> longer = with_gate(list, gate.get());
        code = enqueue(longer, &event);
    }
    if (event != nullptr) {
        enter(queue, call, event, list, wanted);
    }
    return code;
}

cl_int CL_API_CALL marker_with_wait_list(cl_command_queue queue, cl_uint count,
                                         const cl_event* events, cl_event* event) {
    if (!is_well_formed(count, events)) {
        return below().clEnqueueMarkerWithWaitList(queue, count, events, event);
    }
    return synchronize("clEnqueueMarkerWithWaitList", queue, list_of(count, events), event,
                       [queue](std::span<const cl_event> list, cl_event* result) {
                           return below().clEnqueueMarkerWithWaitList(
                               queue, static_cast<cl_uint>(list.size()),
                               list.empty() ? nullptr : list.data(), result);
                       });
}

cl_int CL_API_CALL barrier_with_wait_list(cl_command_queue queue, cl_uint count,
                                          const cl_event* events, cl_event* event) {
    if (!is_well_formed(count, events)) {
        return below().clEnqueueBarrierWithWaitList(queue, count, events, event);
    }
    return synchronize("clEnqueueBarrierWithWaitList", queue, list_of(count, events), event,
                       [queue](std::span<const cl_event> list, cl_event* result) {
                           return below().clEnqueueBarrierWithWaitList(
                               queue, static_cast<cl_uint>(list.size()),
                               list.empty() ? nullptr : list.data(), result);
                       });
}

// The forms of OpenCL 1.1, by those that came after them.

cl_int CL_API_CALL marker(cl_command_queue queue, cl_event* event) {
    return event == nullptr ? CL_INVALID_VALUE : marker_with_wait_list(queue, 0, nullptr, event);
}

cl_int CL_API_CALL barrier(cl_command_queue queue) {
    return barrier_with_wait_list(queue, 0, nullptr, nullptr);
}

cl_int CL_API_CALL wait_for_events_on_device(cl_command_queue queue, cl_uint count,
                                             const cl_event* events) {
    return count == 0 || events == nullptr ? CL_INVALID_VALUE
                                           : barrier_with_wait_list(queue, count, events, nullptr);
}

// What flushes.

cl_int CL_API_CALL flush(cl_command_queue queue) {
    Ledger::instance().flush(queue);
    return below().clFlush(queue);
}

cl_int CL_API_CALL finish(cl_command_queue queue) {
    Ledger::instance().flush(queue);
    const Ledger::Waiting waiting{"clFinish", queue, {}};
    return below().clFinish(queue);
}

cl_int CL_API_CALL wait_for_events(cl_uint count, const cl_event* events) {
    const auto list = list_of(count, events);
    Ledger::instance().flush_queues_of(list);
    const Ledger::Waiting waiting{"clWaitForEvents", nullptr, list};
    return below().clWaitForEvents(count, events);
}

bool each_release_flushes = false;

/// By the letter every release flushes. But copies of a C++ wrapper come and go all the time, and
/// would hide each missing flush: here it is the release of the program's last reference.
cl_int CL_API_CALL release_queue(cl_command_queue queue) {
    if (Ledger::instance().queue_released(queue) || each_release_flushes) {
        Ledger::instance().flush(queue);
    }
    return below().clReleaseCommandQueue(queue);
}

// What makes queues and waits without blocking.

cl_int CL_API_CALL retain_queue(cl_command_queue queue) {
    const cl_int code = below().clRetainCommandQueue(queue);
    if (code == CL_SUCCESS) {
        Ledger::instance().queue_retained(queue);
    }
    return code;
}

cl_command_queue entered(cl_command_queue queue) {
    if (queue != nullptr) {
        Ledger::instance().queue_created(queue);
    }
    return queue;
}

cl_command_queue CL_API_CALL create_queue(cl_context context, cl_device_id device,
                                          cl_command_queue_properties properties, cl_int* code) {
    return entered(below().clCreateCommandQueue(context, device, properties, code));
}

cl_command_queue CL_API_CALL create_queue_with_properties(cl_context context, cl_device_id device,
                                                          const cl_queue_properties* properties,
                                                          cl_int* code) {
    return entered(below().clCreateCommandQueueWithProperties(context, device, properties, code));
}

cl_int CL_API_CALL set_event_callback(cl_event event, cl_int type,
                                      void(CL_CALLBACK* function)(cl_event, cl_int, void*),
                                      void* user_data) {
    Ledger::instance().called_back(event);
    return below().clSetEventCallback(event, type, function, user_data);
}

cl_int CL_API_CALL get_event_info(cl_event event, cl_event_info what, size_t size, void* value,
                                  size_t* size_ret) {
    if (what == CL_EVENT_COMMAND_EXECUTION_STATUS) {
        Ledger::instance().looked_at(event);
    }
    const cl_int code = below().clGetEventInfo(event, what, size, value, size_ret);
    if (what == CL_EVENT_REFERENCE_COUNT && code == CL_SUCCESS && value != nullptr) {
        cl_uint count = 0;
        std::memcpy(&count, value, sizeof count);
        count -= Ledger::instance().own_references(event);
        std::memcpy(value, &count, sizeof count);
    }
    return code;
}

// What is said about it.

enum class OnFinding { wait, abort, flush };

struct Settings {
    std::chrono::duration<double> timeout{1};
    OnFinding on_finding = OnFinding::wait;
};

[[noreturn]] void refuse(const char* variable, const char* value, const char* wanted) {
    say((std::string{variable} + " '" + value + "': is not " + wanted).c_str());
    std::exit(EXIT_FAILURE);
}

Settings read_settings() {
    Settings settings;
    if (const char* value = setting("JUGGLE_CL_STRICT_FLUSH_TIMEOUT")) {
        char* end = nullptr;
        settings.timeout = std::chrono::duration<double>{std::strtod(value, &end)};
        const double seconds = settings.timeout.count();
        if (*end != '\0' || !std::isfinite(seconds) || seconds < 0 || seconds > 1e6) {
            refuse("JUGGLE_CL_STRICT_FLUSH_TIMEOUT", value,
                   "a number of seconds up to 1e6 (0: never)");
        }
    }
    if (const char* value = setting("JUGGLE_CL_STRICT_FLUSH_ACTION")) {
        const std::string_view word{value};
        if (word == "abort") {
            settings.on_finding = OnFinding::abort;
        } else if (word == "flush") {
            settings.on_finding = OnFinding::flush;
        } else if (word != "wait") {
            refuse("JUGGLE_CL_STRICT_FLUSH_ACTION", value, "one of wait, abort, flush");
        }
    }
    if (const char* value = setting("JUGGLE_CL_STRICT_FLUSH_RELEASE")) {
        const std::string_view word{value};
        if (word != "0" && word != "1") {
            refuse("JUGGLE_CL_STRICT_FLUSH_RELEASE", value, "0 or 1");
        }
        each_release_flushes = word == "1";
    }
    return settings;
}

void look(const Settings& settings) {
    std::vector<cl_command_queue> blamed;
    const auto age = std::chrono::duration_cast<std::chrono::nanoseconds>(settings.timeout);
    for (const std::string& line : Ledger::instance().findings(age, true, &blamed)) {
        say(line.c_str());
    }
    if (!blamed.empty() && settings.on_finding == OnFinding::abort) {
        std::abort();
    }
    if (settings.on_finding == OnFinding::flush) {
        for (cl_command_queue queue : blamed) {
            flush(queue);
        }
    }
}

/// Looks after those who wait for long, until the program ends.
void watch(const Settings& settings) {
    if (settings.timeout.count() > 0) {
        std::thread{[settings] {
            for (;;) {
                std::this_thread::sleep_for(settings.timeout / 4);
                look(settings);
            }
        }}.detach();
    }
}

void say_at_exit() {
    for (const std::string& line : Ledger::instance().leftovers()) {
        say(line.c_str());
    }
}

}  // namespace

#define COMMAND(call, blocking)                                 \
    if (table.call != nullptr) {                                \
        using Here = Command<&cl_icd_dispatch::call, blocking>; \
        Here::call_name = #call;                                \
        table.call = &Here::function;                           \
    }

void install(cl_icd_dispatch& table) {
    watch(read_settings());
    std::atexit(&say_at_exit);

    COMMAND(clEnqueueReadBuffer, 1)
    COMMAND(clEnqueueWriteBuffer, 1)
    COMMAND(clEnqueueReadBufferRect, 1)
    COMMAND(clEnqueueWriteBufferRect, 1)
    COMMAND(clEnqueueReadImage, 1)
    COMMAND(clEnqueueWriteImage, 1)
    COMMAND(clEnqueueMapBuffer, 1)
    COMMAND(clEnqueueMapImage, 1)
    COMMAND(clEnqueueSVMMemcpy, 0)
    COMMAND(clEnqueueSVMMap, 0)
    COMMAND(clEnqueueCopyBuffer, never)
    COMMAND(clEnqueueCopyBufferRect, never)
    COMMAND(clEnqueueCopyImage, never)
    COMMAND(clEnqueueCopyImageToBuffer, never)
    COMMAND(clEnqueueCopyBufferToImage, never)
    COMMAND(clEnqueueFillBuffer, never)
    COMMAND(clEnqueueFillImage, never)
    COMMAND(clEnqueueUnmapMemObject, never)
    COMMAND(clEnqueueMigrateMemObjects, never)
    COMMAND(clEnqueueNDRangeKernel, never)
    COMMAND(clEnqueueTask, never)
    COMMAND(clEnqueueNativeKernel, never)
    COMMAND(clEnqueueSVMFree, never)
    COMMAND(clEnqueueSVMMemFill, never)
    COMMAND(clEnqueueSVMUnmap, never)
    COMMAND(clEnqueueSVMMigrateMem, never)
    COMMAND(clEnqueueAcquireGLObjects, never)
    COMMAND(clEnqueueReleaseGLObjects, never)
    COMMAND(clEnqueueAcquireEGLObjectsKHR, never)
    COMMAND(clEnqueueReleaseEGLObjectsKHR, never)

    table.clEnqueueMarkerWithWaitList = &marker_with_wait_list;
    table.clEnqueueBarrierWithWaitList = &barrier_with_wait_list;
    table.clEnqueueMarker = &marker;
    table.clEnqueueBarrier = &barrier;
    table.clEnqueueWaitForEvents = &wait_for_events_on_device;
    table.clFlush = &flush;
    table.clFinish = &finish;
    table.clWaitForEvents = &wait_for_events;
    table.clReleaseCommandQueue = &release_queue;
    table.clRetainCommandQueue = &retain_queue;
    table.clCreateCommandQueue = &create_queue;
    table.clCreateCommandQueueWithProperties = &create_queue_with_properties;
    table.clSetEventCallback = &set_event_callback;
    table.clGetEventInfo = &get_event_info;
}

#undef COMMAND

}  // namespace layer

JUGGLE_CL_LAYER_EXPORT unsigned long juggle_cl_strict_flush_unflushed(cl_command_queue queue) {
    return layer::Ledger::instance().unflushed(queue);
}

JUGGLE_CL_LAYER_EXPORT unsigned long juggle_cl_strict_flush_report(char* text, size_t size) {
    const auto lines = layer::Ledger::instance().findings(std::chrono::nanoseconds{0}, false);
    std::string all;
    for (const std::string& line : lines) {
        all += line + '\n';
    }
    if (text != nullptr && size != 0) {
        (void)std::snprintf(text, size, "%s", all.c_str());
    }
    return lines.size();
}
