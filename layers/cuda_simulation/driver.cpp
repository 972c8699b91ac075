#include "cuda_simulation/driver.hpp"

#include "common/rules.hpp"
#include "common/say.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>
#include <random>
#include <string>
#include <utility>

namespace layer::cuda {

namespace {

constexpr std::size_t most_devices = 64;

std::size_t number_of_devices() {
    const char* const text = setting("JUGGLE_CUDA_SIM_DEVICES");
    if (text == nullptr) {
        return 1;
    }
    const auto value = number<std::size_t>(text);
    if (!value || *value > most_devices) {
        say((std::string{"JUGGLE_CUDA_SIM_DEVICES: '"} + text + "' is no number from 0 to 64")
                .c_str());
        std::exit(EXIT_FAILURE);
    }
    return *value;
}

bool starts_manual() {
    const char* const text = setting("JUGGLE_CUDA_SIM_MANUAL");
    if (text == nullptr || std::string_view{text} == "0") {
        return false;
    }
    if (std::string_view{text} != "1") {
        say((std::string{"JUGGLE_CUDA_SIM_MANUAL: '"} + text + "' is neither 0 nor 1").c_str());
        std::exit(EXIT_FAILURE);
    }
    return true;
}

/// Gives a thread's own streams up when it ends.
struct ThreadOfProgram {
    ThreadOfProgram() = default;
    ThreadOfProgram(const ThreadOfProgram&) = delete;
    ThreadOfProgram& operator=(const ThreadOfProgram&) = delete;
    ~ThreadOfProgram() { Driver::instance().end_of_thread(std::this_thread::get_id()); }
};

}  // namespace

Driver& Driver::instance() {
    alignas(Driver) static std::byte storage[sizeof(Driver)];
    static auto* const driver = ::new (storage) Driver;
    return *driver;
}

Driver::Driver() : is_manual_{starts_manual()} {}

void Driver::start() {
    if (!is_started) {
        devices.resize(number_of_devices());
        is_started = true;
    }
}

// ---- contexts

ContextPtr Driver::make_context(CUdevice device, CUcontext handle) {
    auto context = std::make_shared<Context>();
    context->handle = handle;
    context->id = ++last_context_id_;
    context->device = device;
    contexts.emplace(handle, context);
    return context;
}

void Driver::destroy(std::unique_lock<std::mutex>& lock, const ContextPtr& context) {
    context->is_destroyed = true;
    contexts.erase(context->handle);
    const auto orphan = [&](const auto& one, const ContextPtr& its) {
        return its == context && orphans.insert(one.first).second;
    };
    std::erase_if(events, [&](const auto& one) { return orphan(one, one.second->context); });
    std::erase_if(streams, [&](const auto& one) { return orphan(one, one.second->context()); });
    std::erase_if(kernels, [&](const auto& one) { return orphan(one, one.second->context); });
    std::erase_if(modules, [&](const auto& one) { return orphan(one, one.second.context); });
    std::vector<StreamPtr> of_it;
    std::ranges::copy_if(all_streams_, std::back_inserter(of_it),
                         [&](const StreamPtr& stream) { return stream->context() == context; });
    for (const StreamPtr& stream : of_it) {
        stream->discard();
        stream->close();
    }
    context->legacy = nullptr;
    context->per_thread.clear();
    settled_.wait(lock, [&] {
        return std::ranges::none_of(of_it,
                                    [](const StreamPtr& stream) { return stream->is_running(); });
    });
    device_memory.remove_of(*context);
    host_memory.remove_of(*context);
}

void Driver::unload(CUmodule module) {
    const auto found = modules.find(module);
    for (const auto& [name, function] : found->second.functions) {
        kernels.erase(function);
    }
    modules.erase(found);
}

void Driver::fail(Context& context, CUresult error) {
    if (context.error != CUDA_SUCCESS) {
        return;
    }
    context.error = error;
    for (const StreamPtr& stream : all_streams_) {
        if (stream->context().get() == &context) {
            stream->discard();
        }
    }
    settled_.notify_all();
}

void Driver::lose(CUdevice device, CUresult error) {
    devices[static_cast<std::size_t>(device)].lost = error;
    if (error == CUDA_SUCCESS) {
        return;
    }
    for (const auto& [handle, context] : contexts) {
        if (context->device == device) {
            fail(*context, error);
        }
    }
}

std::vector<ContextPtr>& context_stack() {
    static thread_local std::vector<ContextPtr> stack;
    return stack;
}

// ---- streams

StreamPtr Driver::make_stream(const ContextPtr& context, CUstream handle, bool is_blocking) {
    all_streams_.reserve(all_streams_.size() + 1);
    all_streams_.push_back(Stream::make(*this, context, handle, is_blocking));
    return all_streams_.back();
}

void Driver::close(const StreamPtr& stream) {
    streams.erase(stream->handle());
    stream->close();
}

void Driver::forget(const Stream& stream) {
    std::erase_if(all_streams_, [&](const StreamPtr& one) { return one.get() == &stream; });
}

StreamPtr Driver::find_stream(CUstream handle, const ContextPtr& current) {
    if (handle == nullptr || handle == CU_STREAM_LEGACY) {
        if (!current->legacy) {
            current->legacy = make_stream(current, CU_STREAM_LEGACY, false);
        }
        return current->legacy;
    }
    if (handle == CU_STREAM_PER_THREAD) {
        thread_local const ThreadOfProgram thread;
        StreamPtr& stream = current->per_thread[std::this_thread::get_id()];
        if (!stream) {
            stream = make_stream(current, CU_STREAM_PER_THREAD, true);
        }
        return stream;
    }
    const auto found = streams.find(handle);
    return found == streams.end() ? nullptr : found->second;
}

void Driver::end_of_thread(std::thread::id thread) {
    const std::lock_guard lock{mutex};
    for (const auto& [handle, context] : contexts) {
        const auto found = context->per_thread.find(thread);
        if (found != context->per_thread.end()) {
            found->second->close();
            context->per_thread.erase(found);
        }
    }
}

// ---- commands

void Driver::enqueue(Stream& stream, Command command) {
    const Context& context = *stream.context();
    if (context.legacy.get() == &stream) {
        for (const StreamPtr& other : all_streams_) {
            if (other->is_blocking() && other->context().get() == &context) {
                command.waits_for.push_back(other->end());
            }
        }
    } else if (stream.is_blocking() && context.legacy) {
        command.waits_for.push_back(context.legacy->end());
    }
    std::erase_if(command.waits_for, [](const PointPtr& point) { return point->has_settled; });
    stream.push(std::move(command));
}

std::vector<PointPtr> Driver::ends(const Context& context) const {
    std::vector<PointPtr> all;
    for (const StreamPtr& stream : all_streams_) {
        if (stream->context().get() == &context) {
            all.push_back(stream->end());
        }
    }
    return all;
}

void Driver::settle(Point& point) {
    point.has_settled = true;
    point.milliseconds = now();
    wake_all();
    settled_.notify_all();
}

void Driver::wait(std::unique_lock<std::mutex>& lock, const PointPtr& point) {
    settled_.wait(lock, [&] { return point->has_settled; });
}

void Driver::wake_all() {
    for (const StreamPtr& stream : all_streams_) {
        stream->wake();
    }
}

double Driver::now() const {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return time_.value_or(std::chrono::duration<double, std::milli>{since}.count());
}

// ---- by hand

void Driver::set_manual(bool manual) {
    is_manual_ = manual;
    wake_all();
}

bool Driver::step(std::unique_lock<std::mutex>& lock, Stream& stream) {
    if (!stream.is_ready()) {
        return false;
    }
    const PointPtr end = stream.next_end();
    stream.allow_one();
    wait(lock, end);
    return true;
}

std::size_t Driver::step_all(std::unique_lock<std::mutex>& lock, unsigned seed) {
    std::minstd_rand random{seed};
    std::size_t count = 0;
    while (true) {
        std::vector<StreamPtr> ready;
        std::ranges::copy_if(all_streams_, std::back_inserter(ready),
                             [](const StreamPtr& stream) { return stream->is_ready(); });
        if (ready.empty()) {
            return count;
        }
        // By hand: std::shuffle and distributions differ from library to library.
        const std::size_t chosen = seed == 0 ? 0 : random() % ready.size();
        count += step(lock, *ready[chosen]) ? 1 : 0;
    }
}

}  // namespace layer::cuda
