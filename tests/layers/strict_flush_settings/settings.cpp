// What docs/testing.md says of the strict flush layer's settings, and what it says to a program. It
// reads them from the environment when it is loaded: each time in a child, which is the one that
// makes the first OpenCL call.

#include "../strict_flush/strict_flush_layer.hpp"
#include "support/catch.hpp"
#include "support/opencl_device.hpp"
#include "support/process.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <sstream>
#include <string>

#include <unistd.h>

using namespace std::chrono_literals;
using support::Device;
using support::ProcessEnd;
using support::StrictFlush;
using support::Unflushed;
using support::wait_until_complete;

namespace {

const std::string prefix = "JUGGLE_CL_STRICT_FLUSH_";

struct Setting {
    std::string name;
    std::string value;
};

/// How lines begin that a driver says of itself: rusticl 26 has one.
constexpr const char* driver_says = "=== ";

std::string without_lines_of_driver(const std::string& text) {
    std::istringstream lines{text};
    std::string result;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(driver_says)) {
            result += line + (lines.eof() ? "" : "\n");
        }
    }
    return result;
}

template <class Function>
ProcessEnd with(std::initializer_list<Setting> settings, Function function) {
    ProcessEnd end = support::run_in_child([&]() noexcept {
        ::alarm(120);  // a hang guard: nobody is left behind that waits forever
        for (const char* name : {"TIMEOUT", "ACTION", "RELEASE"}) {
            ::unsetenv((prefix + name).c_str());
        }
        for (const Setting& setting : settings) {
            ::setenv((prefix + setting.name).c_str(), setting.value.c_str(), 1);
        }
        function();
    });
    end.errors = without_lines_of_driver(end.errors);
    return end;
}

/// Ends a child.
void expect(bool holds, const char* what) {
    if (!holds) {
        (void)std::fprintf(stderr, "not so: %s\n", what);
        std::_Exit(2);
    }
}

void load() { const Device device; }

/// What the layer says of the only command in a queue.
std::string finding(const char* waiting, int number) {
    const std::string queue = "queue " + std::to_string(number);
    return std::string{"juggle-cl-strict-flush: "} + waiting + " waits for command " +
           std::to_string(number) + ", clEnqueueWriteBuffer in " + queue +
           ", which nobody has flushed: " + queue +
           " needs a clFlush after it (1 command held back)\n";
}
constexpr const char* look = "a look at the status (clGetEventInfo)";
constexpr const char* callback = "a callback (clSetEventCallback)";

/// Stands between the layer and the standard error, which gets what was read.
class Said {
public:
    Said() { expect(::pipe(ends_) == 0 && ::dup2(ends_[1], STDERR_FILENO) >= 0, "a pipe"); }
    /// Waits for the layer's next line.
    void pass_line_on() {
        std::string line;
        do {
            line.clear();
            for (char letter = 0; letter != '\n'; line += letter) {
                expect(::read(ends_[0], &letter, 1) == 1 && ::write(errors_, &letter, 1) == 1,
                       "a line");
            }
        } while (line.starts_with(driver_says));
    }

private:
    int errors_ = ::dup(STDERR_FILENO);
    int ends_[2] = {};
};

void ask_for_callback(cl::Event& event) {
    support::check_cl(event.setCallback(
                          CL_COMPLETE, [](cl_event, cl_int, void*) {}, nullptr),
                      "clSetEventCallback");
}

std::chrono::steady_clock::duration time_until_flushed() {
    const Device device;
    const Unflushed upload{device};
    const auto start = std::chrono::steady_clock::now();
    wait_until_complete(upload.uploaded);
    return std::chrono::steady_clock::now() - start;
}

}  // namespace

TEST_CASE("strict flush: a setting that means nothing is refused with a word about it") {
    const auto check_refused = [](const std::string& name, const std::string& value,
                                  const std::string& wanted) {
        const ProcessEnd end = with({{name, value}}, &load);
        CHECK(end.status == EXIT_FAILURE);
        CHECK(end.errors == "juggle-cl-strict-flush: " + prefix + name + " '" + value +
                                "': is not " + wanted + "\n");
    };
    for (const char* value : {"soon", "1s", "-1", "nan", "inf", "1000001", " "}) {
        check_refused("TIMEOUT", value, "a number of seconds up to 1e6 (0: never)");
    }
    for (const char* value : {"Abort", "flush,abort", "0"}) {
        check_refused("ACTION", value, "one of wait, abort, flush");
    }
    for (const char* value : {"2", "yes", "01"}) {
        check_refused("RELEASE", value, "0 or 1");
    }
}

TEST_CASE("strict flush: with settings that mean something, or are empty, nothing is said") {
    const auto check_accepted = [](const std::string& name, const std::string& value) {
        INFO(name << "=" << value);
        const ProcessEnd end = with({{name, value}}, &load);
        CHECK(end.status == 0);
        CHECK(end.errors == "");
    };
    for (const char* value : {"0", ".05", "1e6", ""}) {
        check_accepted("TIMEOUT", value);
    }
    for (const char* value : {"wait", "abort", "flush", ""}) {
        check_accepted("ACTION", value);
    }
    for (const char* value : {"0", "1", ""}) {
        check_accepted("RELEASE", value);
    }
}

TEST_CASE("strict flush: one look at a status is no wait, to look again and again is") {
    const ProcessEnd end = with({{"TIMEOUT", "0.05"}, {"ACTION", "flush"}}, [] {
        const Device device;
        const StrictFlush layer;
        Unflushed seen_once{device};
        (void)support::status_of(seen_once.uploaded);
        const Unflushed seen_often{device};
        wait_until_complete(seen_often.uploaded);
        expect(layer.unflushed(seen_once.queue) == 1, "it was looked at only once");
        seen_once.queue.finish();
    });
    CHECK(end.status == 0);
    CHECK(end.errors == finding(look, 2));
}

TEST_CASE("strict flush: action flush goes on, so that one run tells of all missing flushes") {
    const ProcessEnd end = with({{"TIMEOUT", "0.05"}, {"ACTION", "flush"}}, [] {
        const Device device;
        for (int time = 0; time < 3; ++time) {
            const Unflushed upload{device};
            wait_until_complete(upload.uploaded);
        }
    });
    CHECK(end.status == 0);
    CHECK(end.errors == finding(look, 1) + finding(look, 2) + finding(look, 3));
}

TEST_CASE("strict flush: action abort ends the program where it waits") {
    if (!support::can_fork) {
        return;  // as ThreadSanitizer has it, an abort is an exit
    }
    const ProcessEnd end = with({{"TIMEOUT", "0.05"}, {"ACTION", "abort"}}, [] {
        const Device device;
        const Unflushed upload{device};
        wait_until_complete(upload.uploaded);
    });
    CHECK(end.aborted);
    CHECK_THAT(end.errors, Catch::StartsWith(finding(look, 1)));
}

TEST_CASE("strict flush: action wait, or none, tells once of each wait and leaves it waiting") {
    const auto wait_twice = [] {
        Said said;
        const Device device;
        Unflushed first{device};
        ask_for_callback(first.uploaded);
        said.pass_line_on();
        Unflushed second{device};
        ask_for_callback(second.uploaded);
        said.pass_line_on();
        for (Unflushed* upload : {&first, &second}) {
            expect(support::status_of(upload->uploaded) > CL_COMPLETE, "the command waits");
            upload->queue.finish();
        }
    };
    const std::string both = finding(callback, 1) + finding(callback, 2);
    const ProcessEnd by_default = with({{"TIMEOUT", "0.05"}}, wait_twice);
    CHECK(by_default.status == 0);
    CHECK(by_default.errors == both);
    const ProcessEnd end = with({{"TIMEOUT", "0.05"}, {"ACTION", "wait"}}, wait_twice);
    CHECK(end.status == 0);
    CHECK(end.errors == both);
}

TEST_CASE("strict flush: nobody is told of before the time that is set, or a second") {
    const ProcessEnd by_default = with(
        {{"ACTION", "flush"}}, [] { expect(time_until_flushed() >= 1s, "a second has passed"); });
    CHECK(by_default.status == 0);
    CHECK(by_default.errors == finding(look, 1));
    const ProcessEnd longer = with({{"TIMEOUT", "1.5"}, {"ACTION", "flush"}}, [] {
        expect(time_until_flushed() >= 1500ms, "the time that is set has passed");
    });
    CHECK(longer.status == 0);
    CHECK(longer.errors == finding(look, 1));
}

TEST_CASE("strict flush: with a timeout of 0 nobody is ever told of") {
    const ProcessEnd end = with({{"TIMEOUT", "0"}, {"ACTION", "abort"}}, [] {
        const Device device;
        Unflushed upload{device};
        const auto start = std::chrono::steady_clock::now();
        while (std::chrono::steady_clock::now() - start < 100ms) {
            expect(support::status_of(upload.uploaded) > CL_COMPLETE, "the command waits");
        }
        upload.queue.finish();
    });
    CHECK(end.status == 0);
    CHECK(end.errors == "");
}

TEST_CASE("strict flush: each release of a queue flushes if that is set, else the last one") {
    const auto held_back_after_release = [](const char* setting) {
        const ProcessEnd end = with({{"RELEASE", setting}}, [] {
            const Device device;
            const StrictFlush layer;
            Unflushed upload{device};
            { const cl::CommandQueue copy = upload.queue; }
            (void)std::fprintf(stderr, "%lu", layer.unflushed(upload.queue));
            upload.queue.finish();
        });
        CHECK(end.status == 0);
        return end.errors;
    };
    CHECK(held_back_after_release("1") == "0");
    CHECK(held_back_after_release("0") == "1");
    CHECK(held_back_after_release("") == "1");
}

TEST_CASE("strict flush: a program that ends is told which queues were never flushed") {
    const ProcessEnd end = with({}, [] {
        const Device device;
        const Unflushed one{device};
        Unflushed flushed{device};
        flushed.queue.finish();
        const Unflushed other{device};
        std::exit(EXIT_SUCCESS);
    });
    CHECK(end.status == 0);
    const auto leftover = [](const char* number) {
        return std::string{"juggle-cl-strict-flush: the program ends, and queue "} + number +
               " was not flushed since command " + number +
               ", clEnqueueWriteBuffer (1 held back)\n";
    };
    CHECK(end.errors == leftover("1") + leftover("3"));
}
