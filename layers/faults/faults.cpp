// The fault layer: an OpenCL driver of a program's worst days. docs/testing.md.

#include "common/calls.hpp"
#include "common/layer.hpp"
#include "faults/deliveries.hpp"
#include "faults/faults_control.h"
#include "faults/rules.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace layer {

const char* const name = "juggle-cl-faults";

namespace {

#define NAME(call) #call,
constexpr auto call_names = std::to_array<const char*>({JUGGLE_CL_CALLS(NAME)});
#undef NAME

enum class Call : std::size_t {
#define ENUMERATOR(call) call,
    JUGGLE_CL_CALLS(ENUMERATOR)
#undef ENUMERATOR
};

/// What is to happen to one call.
struct Fate {
    cl_int status = CL_SUCCESS;  // negative: it fails
    bool skipped = false;
    std::optional<cl_int> forged;
    std::optional<Rule> delivery;
};

class Faults {
public:
    /// Never destroyed: the driver's threads may call while the program ends.
    static Faults& instance() {
        alignas(Faults) static std::byte storage[sizeof(Faults)];
        static auto* const faults = ::new (storage) Faults;
        return *faults;
    }

    void configure(std::string_view text) {
        std::vector<Rule> rules = parse_rules(text);
        const std::lock_guard lock{mutex_};
        rules_ = std::move(rules);
        counts_.fill(0);
        injected_ = 0;
        last_ = "";
    }

    void read_environment() {
        if (const char* rules = setting("JUGGLE_CL_FAULTS")) {
            try {
                configure(rules);
            } catch (const std::invalid_argument& error) {
                say((std::string{"JUGGLE_CL_FAULTS: "} + error.what()).c_str());
                std::exit(EXIT_FAILURE);  // a test that goes on without its faults proves nothing
            }
        }
        if (const char* path = setting("JUGGLE_CL_FAULTS_REPORT")) {
            report_ = std::fopen(path, "w");
            if (report_ == nullptr) {
                say((std::string{"cannot write JUGGLE_CL_FAULTS_REPORT '"} + path + "'").c_str());
                std::exit(EXIT_FAILURE);
            }
            std::atexit([] { instance().report_calls(); });
        }
    }

    /// Counts a call and decides. `status_query`: it asks for an event's execution status.
    [[nodiscard]] Fate count(Call call, bool status_query = false) {
        deliveries.inside_a_call();
        const auto index = static_cast<std::size_t>(call);
        const std::lock_guard lock{mutex_};
        ++counts_[index];
        Fate fate;
        for (Rule& rule : rules_) {
            if (matches(rule.pattern, call_names[index])) {
                apply(rule, call, status_query, fate);
            }
        }
        return fate;
    }

    [[nodiscard]] std::uint64_t calls(std::string_view pattern) {
        const std::lock_guard lock{mutex_};
        std::uint64_t sum = 0;
        for (std::size_t call = 0; call < counts_.size(); ++call) {
            if (matches(pattern, call_names[call])) {
                sum += counts_[call];
            }
        }
        return sum;
    }

    [[nodiscard]] std::uint64_t injected() {
        const std::lock_guard lock{mutex_};
        return injected_;
    }

    [[nodiscard]] const char* last() {
        const std::lock_guard lock{mutex_};
        return last_;
    }

    Deliveries deliveries;
    std::atomic<juggle_cl_faults_time_fn> forge_time{nullptr};

private:
    void apply(Rule& rule, Call call, bool status_query, Fate& fate) {
        if (rule.action == Action::forge && call == Call::clGetEventInfo && !status_query) {
            return;  // that rule counts the queries it can forge
        }
        const bool about_callbacks = rule.action != Action::fail && rule.action != Action::skip &&
                                     rule.action != Action::forge;
        if ((about_callbacks && call != Call::clSetEventCallback) || !rule.strikes()) {
            return;
        }
        if (rule.action == Action::fail) {
            fate.status = rule.status;
        } else if (rule.action == Action::skip) {
            fate.skipped = true;
        } else if (rule.action == Action::forge) {
            fate.forged = rule.status;
        } else {
            fate.delivery = rule;
        }
        ++injected_;
        last_ = call_names[static_cast<std::size_t>(call)];
        note(rule, counts_[static_cast<std::size_t>(call)]);
    }

    /// At once, in case the program does not live to its end.
    void note(const Rule& rule, std::uint64_t number) {
        if (report_ != nullptr) {
            (void)std::fprintf(report_, "injected %s %lu %d\n", last_,
                               static_cast<unsigned long>(number), rule.status);
            (void)std::fflush(report_);
        }
    }

    void report_calls() {
        const std::lock_guard lock{mutex_};
        for (std::size_t call = 0; call < counts_.size(); ++call) {
            if (counts_[call] != 0) {
                (void)std::fprintf(report_, "calls %s %lu\n", call_names[call],
                                   static_cast<unsigned long>(counts_[call]));
            }
        }
        (void)std::fflush(report_);
    }

    std::mutex mutex_;
    std::vector<Rule> rules_;
    std::array<std::uint64_t, call_names.size()> counts_{};
    std::uint64_t injected_ = 0;
    const char* last_ = "";
    std::FILE* report_ = nullptr;
};

/// What a call gives that fails: its status as its result, or no object and the status where the
/// last argument points to.
template <class Result, class... Arguments>
Result failed(cl_int status, [[maybe_unused]] Arguments... arguments) {
    if constexpr (std::is_same_v<Result, cl_int>) {
        return status;
    } else {
        const std::tuple<Arguments...> all{arguments...};
        using Last = std::tuple_element_t<sizeof...(Arguments) - 1, std::tuple<Arguments...>>;
        if constexpr (std::is_same_v<Last, cl_int*>) {
            if (cl_int* where = std::get<sizeof...(Arguments) - 1>(all)) {
                *where = status;
            }
        }
        return nullptr;
    }
}

template <Call call, auto member>
struct Interposed;

template <Call call, class Result, class... Arguments,
          Result (CL_API_CALL* cl_icd_dispatch::*member)(Arguments...)>
struct Interposed<call, member> {
    static Result CL_API_CALL function(Arguments... arguments) {
        const Fate fate = Faults::instance().count(call);
        if constexpr (!std::is_void_v<Result>) {
            if (fate.status < 0) {
                return failed<Result>(fate.status, arguments...);
            }
        }
        return (below().*member)(arguments...);
    }
};

cl_int CL_API_CALL enqueue_kernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                                  const size_t* offset, const size_t* global, const size_t* local,
                                  cl_uint waits, const cl_event* wait_list, cl_event* event) {
    const Fate fate = Faults::instance().count(Call::clEnqueueNDRangeKernel);
    if (fate.status < 0) {
        return fate.status;
    }
    if (fate.skipped) {
        return below().clEnqueueMarkerWithWaitList(queue, waits, wait_list, event);
    }
    return below().clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, global, local, waits,
                                          wait_list, event);
}

cl_int CL_API_CALL get_event_info(cl_event event, cl_event_info what, size_t size, void* value,
                                  size_t* size_ret) {
    const bool status_query = what == CL_EVENT_COMMAND_EXECUTION_STATUS;
    const Fate fate = Faults::instance().count(Call::clGetEventInfo, status_query);
    if (fate.status < 0) {
        return fate.status;
    }
    const cl_int code = below().clGetEventInfo(event, what, size, value, size_ret);
    if (code == CL_SUCCESS && fate.forged && value != nullptr) {
        std::memcpy(value, &*fate.forged, sizeof(cl_int));
    }
    return code;
}

cl_int CL_API_CALL get_event_profiling_info(cl_event event, cl_profiling_info what, size_t size,
                                            void* value, size_t* size_ret) {
    const Fate fate = Faults::instance().count(Call::clGetEventProfilingInfo);
    if (fate.status < 0) {
        return fate.status;
    }
    const cl_int code = below().clGetEventProfilingInfo(event, what, size, value, size_ret);
    const juggle_cl_faults_time_fn forge = Faults::instance().forge_time;
    if (code == CL_SUCCESS && value != nullptr && forge != nullptr) {
        cl_ulong time = 0;
        std::memcpy(&time, value, sizeof time);
        time = forge(what, time);
        std::memcpy(value, &time, sizeof time);
    }
    return code;
}

cl_int CL_API_CALL enqueue_native_kernel(cl_command_queue queue, void(CL_CALLBACK* function)(void*),
                                         void* arguments, size_t size, cl_uint memory_count,
                                         const cl_mem* memory, const void** places,
                                         cl_uint event_count, const cl_event* wait_list,
                                         cl_event* event) {
    const Fate fate = Faults::instance().count(Call::clEnqueueNativeKernel);
    if (fate.status < 0) {
        return fate.status;
    }
    if (fate.skipped) {
        return below().clEnqueueMarkerWithWaitList(queue, event_count, wait_list, event);
    }
    return below().clEnqueueNativeKernel(queue, function, arguments, size, memory_count, memory,
                                         places, event_count, wait_list, event);
}

void CL_CALLBACK driver_calls(cl_event event, cl_int status, void* user_data) {
    Deliveries& deliveries = Faults::instance().deliveries;
    Registration registration = deliveries.returned(user_data);
    registration.event = event;
    registration.status = status;
    deliveries.due(registration);
}

cl_int CL_API_CALL set_event_callback(cl_event event, cl_int type, Registration::Function function,
                                      void* user_data) {
    const Fate fate = Faults::instance().count(Call::clSetEventCallback);
    if (fate.status < 0) {
        return fate.status;
    }
    if (function == nullptr || (!fate.delivery && !fate.forged)) {
        return below().clSetEventCallback(event, type, function, user_data);
    }
    const Action delivery = fate.delivery ? fate.delivery->action : Action::fail;
    const Registration registration{
        .function = function,
        .user_data = user_data,
        .delivery = delivery,
        .milliseconds = fate.delivery ? fate.delivery->milliseconds : std::nullopt,
        .forged = fate.forged,
        .event = event,
        .status = type,
    };
    Deliveries& deliveries = Faults::instance().deliveries;
    Registration* const lent = deliveries.lend(registration);
    const cl_int code = below().clSetEventCallback(event, type, &driver_calls, lent);
    if (code != CL_SUCCESS) {
        (void)deliveries.returned(lent);
        return code;
    }
    if (delivery == Action::early) {
        registration.deliver();
    }
    return CL_SUCCESS;
}

}  // namespace

void install(cl_icd_dispatch& table) {
    Faults::instance().read_environment();
#define INTERPOSE(call)                                                         \
    if (table.call != nullptr) {                                                \
        table.call = &Interposed<Call::call, &cl_icd_dispatch::call>::function; \
    }
    JUGGLE_CL_CALLS(INTERPOSE)
#undef INTERPOSE
    table.clEnqueueNDRangeKernel = &enqueue_kernel;
    table.clGetEventInfo = &get_event_info;
    table.clGetEventProfilingInfo = &get_event_profiling_info;
    table.clEnqueueNativeKernel = &enqueue_native_kernel;
    table.clSetEventCallback = &set_event_callback;
}

}  // namespace layer

JUGGLE_CL_LAYER_EXPORT int juggle_cl_faults_configure(const char* rules, char* message,
                                                      size_t size) {
    try {
        layer::Faults::instance().configure(rules);
        return 0;
    } catch (const std::exception& error) {
        if (message != nullptr && size != 0) {
            (void)std::snprintf(message, size, "%s", error.what());
        }
        return -1;
    }
}

JUGGLE_CL_LAYER_EXPORT unsigned long juggle_cl_faults_calls(const char* pattern) {
    return layer::Faults::instance().calls(pattern);
}

JUGGLE_CL_LAYER_EXPORT unsigned long juggle_cl_faults_injected() {
    return layer::Faults::instance().injected();
}

JUGGLE_CL_LAYER_EXPORT const char* juggle_cl_faults_last() {
    return layer::Faults::instance().last();
}

JUGGLE_CL_LAYER_EXPORT unsigned long juggle_cl_faults_held() {
    return layer::Faults::instance().deliveries.held();
}

JUGGLE_CL_LAYER_EXPORT unsigned long juggle_cl_faults_deliver(int newest_first) {
    return layer::Faults::instance().deliveries.deliver_held(newest_first != 0);
}

JUGGLE_CL_LAYER_EXPORT void juggle_cl_faults_forge_times(juggle_cl_faults_time_fn forge) {
    layer::Faults::instance().forge_time = forge;
}
