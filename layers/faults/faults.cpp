// The fault layer: an OpenCL driver of a program's worst days. docs/testing.md.

#include "common/calls.hpp"
#include "common/deliveries.hpp"
#include "common/layer.hpp"
#include "common/rule_book.hpp"
#include "faults/faults_control.h"
#include "faults/registrations.hpp"
#include "faults/rules.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>
#include <tuple>

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
    std::optional<Delivery> delivery;
};

class Faults {
public:
    /// Never destroyed: the driver's threads may call while the program ends.
    static Faults& instance() {
        alignas(Faults) static std::byte storage[sizeof(Faults)];
        static auto* const faults = ::new (storage) Faults;
        return *faults;
    }

    void read_environment() {
        book.read_rules("JUGGLE_CL_FAULTS");
        if (book.open_report("JUGGLE_CL_FAULTS_REPORT")) {
            std::atexit([] { instance().book.report_calls(); });
        }
    }

    /// Counts a call and decides. `status_query`: it asks for an event's execution status.
    [[nodiscard]] Fate count(Call call, bool status_query = false) {
        deliveries.inside_a_call();
        Fate fate;
        book.count(static_cast<std::size_t>(call),
                   [&](Rule& rule) { return apply(rule, call, status_query, fate); });
        return fate;
    }

    RuleBook<Rule> book{call_names, &matches, &parse_rules};
    Deliveries deliveries;
    Registrations registrations;
    std::atomic<juggle_cl_faults_time_fn> forge_time{nullptr};

private:
    static bool apply(Rule& rule, Call call, bool status_query, Fate& fate) {
        if (rule.action == Action::forge && call == Call::clGetEventInfo && !status_query) {
            return false;  // that rule counts the queries it can forge
        }
        if ((rule.action == Action::deliver && call != Call::clSetEventCallback) ||
            !rule.strikes()) {
            return false;
        }
        if (rule.action == Action::fail) {
            fate.status = rule.status;
        } else if (rule.action == Action::skip) {
            fate.skipped = true;
        } else if (rule.action == Action::forge) {
            fate.forged = rule.status;
        } else {
            fate.delivery = rule.delivery;
        }
        return true;
    }
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
    Registration registration = Faults::instance().registrations.returned(user_data);
    registration.event = event;
    registration.status = status;
    Faults::instance().deliveries.due(registration.delivery,
                                      [registration] { registration.deliver(); });
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
    const Registration registration{
        .function = function,
        .user_data = user_data,
        .delivery = fate.delivery.value_or(Delivery{}),
        .forged = fate.forged,
        .event = event,
        .status = type,
    };
    Registrations& registrations = Faults::instance().registrations;
    Registration* const lent = registrations.lend(registration);
    const cl_int code = below().clSetEventCallback(event, type, &driver_calls, lent);
    if (code != CL_SUCCESS) {
        (void)registrations.returned(lent);
        return code;
    }
    if (registration.delivery.way == Way::early) {
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
    return layer::Faults::instance().book.configure(rules, message, size);
}

JUGGLE_CL_LAYER_EXPORT unsigned long juggle_cl_faults_calls(const char* pattern) {
    return layer::Faults::instance().book.calls(pattern);
}

JUGGLE_CL_LAYER_EXPORT unsigned long juggle_cl_faults_injected() {
    return layer::Faults::instance().book.injected();
}

JUGGLE_CL_LAYER_EXPORT const char* juggle_cl_faults_last() {
    return layer::Faults::instance().book.last();
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
