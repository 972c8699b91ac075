#include "threads.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

namespace measure {

namespace {

cpu_set_t processors_of_this_thread() {
    cpu_set_t result;
    CPU_ZERO(&result);
    ::sched_getaffinity(0, sizeof result, &result);
    return result;
}

}  // namespace

OnProcessor::OnProcessor(int number) : before_{processors_of_this_thread()} {
    static const cpu_set_t all = before_;  // nobody was bound before
    if (number >= CPU_COUNT(&all)) {
        return;
    }
    std::size_t processor = 0;
    while (!CPU_ISSET(processor, &all) || number-- != 0) {
        ++processor;
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    ::sched_setaffinity(0, sizeof one, &one);
}

OnProcessor::~OnProcessor() { ::sched_setaffinity(0, sizeof before_, &before_); }

Sleeper::Sleeper() {
    const std::string path = "/proc/self/task/" + std::to_string(::gettid()) + "/stat";
    status_file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (status_file_ < 0) {
        throw std::system_error{errno, std::generic_category(), path};
    }
}

Sleeper::~Sleeper() { ::close(status_file_); }

void Sleeper::wait_until_asleep() const {
    using Time = std::chrono::steady_clock;
    // "number (name) S ...": S for one that sleeps until it is woken; see proc(5).
    const auto asleep = [this] {
        std::array<char, 64> text{};
        const ssize_t size = ::pread(status_file_, text.data(), text.size(), 0);
        const std::string_view status{text.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
        const std::size_t name_end = status.rfind(") ");
        return name_end != std::string_view::npos && status.substr(name_end + 2, 1) == "S";
    };
    while (!asleep()) {}
    const auto start = Time::now();
    while (Time::now() - start < std::chrono::microseconds{20}) {}
}

}  // namespace measure
