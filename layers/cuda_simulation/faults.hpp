#pragma once

#include "common/deliveries.hpp"
#include "common/rule_book.hpp"
#include "cuda_simulation/calls.hpp"
#include "cuda_simulation/rules.hpp"

#include <cstddef>

#include <cuda.h>

namespace layer::cuda {

enum class Call : std::size_t {
#define ENUMERATOR(call, needs, parameters, arguments) call,
    JUGGLE_CUDA_CALLS(ENUMERATOR)
#undef ENUMERATOR
};

/// What is to happen to one call.
struct Fate {
    CUresult status = CUDA_SUCCESS;  // other: it fails
    CUresult sticky = CUDA_SUCCESS;  // and so does its context
    CUresult lost = CUDA_SUCCESS;    // and so does its device
    CUresult async = CUDA_SUCCESS;   // its command is the context's end
    bool is_skipped = false;         // its command does nothing
    Delivery delivery = {};          // of a host function
};

class Faults {
public:
    /// Never destroyed: threads may call while the program ends.
    static Faults& instance();

    /// Counts a call and decides.
    [[nodiscard]] Fate count(Call call);

    RuleBook<Rule> book;
    Deliveries deliveries;

private:
    Faults();
};

}  // namespace layer::cuda
