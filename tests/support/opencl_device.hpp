#pragma once

#include "support/catch.hpp"
#include "support/test_executor.hpp"

#include <juggle/opencl.hpp>
#include <juggle/yield.hpp>

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace support {

inline void check_cl(cl_int status, const char* call) {
    if (status != CL_SUCCESS) {
        throw std::runtime_error{std::string{call} + ": " + juggle::opencl::status_name(status)};
    }
}

/// The first device of the first platform, with a context and as many queues as a test wants.
class Device {
public:
    Device() {
        std::vector<cl::Platform> platforms;
        check_cl(cl::Platform::get(&platforms), "clGetPlatformIDs");
        std::vector<cl::Device> devices;
        check_cl(platforms.at(0).getDevices(CL_DEVICE_TYPE_ALL, &devices), "clGetDeviceIDs");
        device_ = devices.at(0);
        context = make_context();
    }

    cl::Context make_context() const {
        cl_int status = CL_SUCCESS;
        cl::Context result{device_, nullptr, nullptr, nullptr, &status};
        check_cl(status, "clCreateContext");
        return result;
    }

    cl::CommandQueue queue(cl_command_queue_properties properties = 0) const {
        cl_int status = CL_SUCCESS;
        cl::CommandQueue result{context, device_, properties, &status};
        check_cl(status, "clCreateCommandQueue");
        return result;
    }

    cl::Buffer buffer(std::size_t bytes) const {
        cl_int status = CL_SUCCESS;
        cl::Buffer result{context, CL_MEM_READ_WRITE, bytes, nullptr, &status};
        check_cl(status, "clCreateBuffer");
        return result;
    }

    /// An event that is complete, or fails, when the test says so.
    cl::UserEvent gate() const {
        cl_int status = CL_SUCCESS;
        cl::UserEvent result{context, &status};
        check_cl(status, "clCreateUserEvent");
        return result;
    }

    cl::Kernel kernel(const char* source, const char* name) const {
        const cl::Program program{context, std::string{source}};
        check_cl(program.build(device_), "clBuildProgram");
        cl_int status = CL_SUCCESS;
        cl::Kernel result{program, name, &status};
        check_cl(status, "clCreateKernel");
        return result;
    }

    bool has_native_kernels() const {
        cl_device_exec_capabilities capabilities = 0;
        check_cl(device_.getInfo(CL_DEVICE_EXECUTION_CAPABILITIES, &capabilities),
                 "clGetDeviceInfo");
        return (capabilities & CL_EXEC_NATIVE_KERNEL) != 0;
    }

    /// Whether a command of an out-of-order queue starts before one that waits. OpenCL allows it
    /// and promises nothing; no call tells. A device too busy to show it counts as one that does
    /// not.
    bool overtakes() const {
        const cl::CommandQueue commands = queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
        const cl::Buffer memory = buffer(64);
        cl::UserEvent opens = gate();
        const std::vector<cl::Event> after{opens};
        cl::Event behind;
        check_cl(commands.enqueueFillBuffer(memory, 1, 0, 64, &after), "clEnqueueFillBuffer");
        check_cl(commands.enqueueFillBuffer(buffer(64), 1, 0, 64, nullptr, &behind),
                 "clEnqueueFillBuffer");
        check_cl(commands.flush(), "clFlush");
        bool ended = false;
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{2};
        while (!ended && std::chrono::steady_clock::now() < give_up) {
            ended = juggle::opencl::detail::execution_status(behind()) == CL_COMPLETE;
        }
        check_cl(opens.setStatus(CL_COMPLETE), "clSetUserEventStatus");
        check_cl(commands.finish(), "clFinish");
        return ended;
    }

    cl::Context context;

private:
    cl::Device device_;
};

/// Not by CLHPP, whose enqueueNativeKernel of 2024.10.24 (Debian 13) reads through the null pointer
/// that stands for no memory objects.
template <class Argument>
cl_int enqueue_native_kernel(const cl::CommandQueue& queue, void(CL_CALLBACK* function)(void*),
                             Argument argument, const std::vector<cl::Event>* after,
                             cl::Event* event) {
    const std::vector<cl::Event> none;
    const auto wait_list = juggle::opencl::detail::handles(after == nullptr ? none : *after);
    return clEnqueueNativeKernel(queue(), function, static_cast<void*>(&argument), sizeof argument,
                                 0, nullptr, nullptr, static_cast<cl_uint>(wait_list.size()),
                                 wait_list.empty() ? nullptr : wait_list.data(),
                                 event == nullptr ? nullptr : &(*event)());
}

/// How many references to an event there are.
inline cl_uint references(const cl::Event& event) {
    cl_uint count = 0;
    check_cl(event.getInfo(CL_EVENT_REFERENCE_COUNT, &count), "clGetEventInfo");
    return count;
}

inline cl_int status_of(const cl::Event& event) {
    return juggle::opencl::detail::execution_status(event());
}

/// Whether a command that was waited for has failed: some drivers say it in the wait alone.
inline bool has_failed(const cl::Event& event) {
    return status_of(event) < CL_COMPLETE || event.wait() != CL_SUCCESS;
}

/// The status that an `Error` carries; zero if it is no such error.
inline cl_int error_status(const std::exception_ptr& exception) {
    try {
        if (exception) {
            std::rethrow_exception(exception);
        }
    } catch (const juggle::opencl::Error& error) {
        return error.status();
    } catch (...) {}
    return 0;
}

/// Lets everything run that does not wait for a device.
inline juggle::Task<> a_few_turns() {
    for (int turn = 0; turn < 5; ++turn) {
        co_await juggle::yield();
    }
}

/// Awaits an event in a task of its own.
inline juggle::Task<> await_event(cl::Event event) { co_await event; }

/// Like `run_test_case`, with a device and the real time: drivers do not know a fake one.
inline void run_device_test_case(juggle::Task<> (*test)(juggle::Executor&, Device&)) {
    Device device;
    Reports reports;
    {
        juggle::Executor executor{reports.options()};
        executor.run(test(executor, device));
    }
    for (const std::string& line : reports.diagnostics) {
        FAIL_CHECK(line);
    }
    CHECK(reports.unhandled.empty());
}

}  // namespace support

/// A test case that is a task, with parameters `executor` and `device`.
#define DEVICE_TEST_CASE(...) \
    SUPPORT_DEVICE_TEST_CASE(INTERNAL_CATCH_UNIQUE_NAME(device_test_case), __VA_ARGS__)
#define SUPPORT_DEVICE_TEST_CASE(function, ...)                                          \
    static juggle::Task<> function(juggle::Executor& executor, support::Device& device); \
    TEST_CASE(__VA_ARGS__) { support::run_device_test_case(&function); }                 \
    static juggle::Task<> function([[maybe_unused]] juggle::Executor& executor,          \
                                   [[maybe_unused]] support::Device& device)
