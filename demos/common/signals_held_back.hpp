#pragma once

#include <signal.h>

namespace common {

/// While it lives SIGINT and SIGTERM wait, and so they do for good on the threads that are started
/// meanwhile.
///
/// Compilers inside of OpenCL drivers handle signals, too, and remove the files that they are
/// working with. So none may come while kernels are built, and whoever handles them afterwards is
/// made while this lives: it comes first.
class SignalsHeldBack {
public:
    SignalsHeldBack() noexcept;
    ~SignalsHeldBack();
    SignalsHeldBack(const SignalsHeldBack&) = delete;
    SignalsHeldBack& operator=(const SignalsHeldBack&) = delete;

private:
    sigset_t before_{};
};

}  // namespace common
