#include "cuda_simulation/faults.hpp"

#include <array>
#include <cstdlib>
#include <new>

namespace layer::cuda {

namespace {

#define NAME(call, needs, parameters, arguments) #call,
constexpr auto call_names = std::to_array<const char*>({JUGGLE_CUDA_CALLS(NAME)});
#undef NAME

void apply(const Rule& rule, Fate& fate) {
    const auto error = static_cast<CUresult>(rule.status);
    switch (rule.action) {
        case Action::fail:
            fate.status = error;
            return;
        case Action::sticky:
            fate.status = fate.sticky = error;
            return;
        case Action::lose:
            fate.status = fate.lost = error;
            return;
        case Action::async:
            fate.async = error;
            return;
        case Action::skip:
            fate.is_skipped = true;
            return;
        case Action::deliver:
            fate.delivery = rule.delivery;
            return;
    }
}

}  // namespace

Faults::Faults() : book{call_names, &matches, &parse_rules} {
    book.read_rules("JUGGLE_CUDA_SIM_FAULTS");
    if (book.open_report("JUGGLE_CUDA_SIM_REPORT")) {
        std::atexit([] { instance().book.report_calls(); });
    }
}

Faults& Faults::instance() {
    alignas(Faults) static std::byte storage[sizeof(Faults)];
    static auto* const faults = ::new (storage) Faults;
    return *faults;
}

Fate Faults::count(Call call) {
    deliveries.inside_a_call();
    Fate fate;
    book.count(static_cast<std::size_t>(call), [&](Rule& rule) {
        if (!rule.strikes()) {
            return false;
        }
        apply(rule, fate);
        return true;
    });
    return fate;
}

}  // namespace layer::cuda
