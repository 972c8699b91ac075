#pragma once

#include <juggle/executor.hpp>

#include <thread>

namespace common {

/// While it lives SIGUSR1 prints to standard error what the executor's tasks are doing
/// (`juggle::Executor::describe`), at one of its next turns: `kill -USR1 $(pidof program)`.
///
/// There is one at a time. It must go before the executor does.
class StatusOnSignal {
public:
    explicit StatusOnSignal(juggle::Executor& executor);
    ~StatusOnSignal();
    StatusOnSignal(const StatusOnSignal&) = delete;
    StatusOnSignal& operator=(const StatusOnSignal&) = delete;

private:
    std::thread messenger_;
};

}  // namespace common
