#pragma once

#include <atomic>

namespace layer::cuda {

/// What the test wants to be called around each call of the program.
struct AroundCalls {
    std::atomic<void (*)()> before{nullptr};
    std::atomic<void (*)()> after{nullptr};
};
inline constinit AroundCalls around_calls;

/// While it lives, a call is made.
class InCall {
public:
    InCall() { call(around_calls.before); }
    InCall(const InCall&) = delete;
    InCall& operator=(const InCall&) = delete;
    ~InCall() { call(around_calls.after); }

private:
    static void call(const std::atomic<void (*)()>& function) {
        if (void (*const chosen)() = function) {
            chosen();
        }
    }
};

}  // namespace layer::cuda
