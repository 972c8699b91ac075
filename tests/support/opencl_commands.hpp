#pragma once

#include "support/catch.hpp"
#include "support/opencl_device.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace support {

/// The kinds of commands that OpenCL's conformance suite waits for.
enum class CommandKind : std::uint8_t {
    kernel,
    native_kernel,
    read,
    write,
    copy,
    fill,
    map,
    unmap,
    read_image,
    write_image,
    copy_image,
    copy_image_to_buffer,
    copy_buffer_to_image,
    map_image,
    marker,
    barrier,
};
inline constexpr int command_kinds = 16;

inline const char* name_of(CommandKind kind) {
    static constexpr std::array<const char*, command_kinds> names{"kernel",
                                                                  "native_kernel",
                                                                  "read",
                                                                  "write",
                                                                  "copy",
                                                                  "fill",
                                                                  "map",
                                                                  "unmap",
                                                                  "read_image",
                                                                  "write_image",
                                                                  "copy_image",
                                                                  "copy_image_to_buffer",
                                                                  "copy_buffer_to_image",
                                                                  "map_image",
                                                                  "marker",
                                                                  "barrier"};
    return names.at(static_cast<std::size_t>(kind));
}

/// A command in a queue, with memory of its own. Keep it until its command has ended.
///
/// What it does is to bring bytes of one value to where there were zeros: `took_effect` tells
/// whether they are there, from a queue of its own.
class Command {
public:
    static constexpr unsigned char value = 7;

    Command(const Device& device, cl::CommandQueue aside, cl::Kernel kernel, CommandKind kind)
        : aside_{std::move(aside)}, kernel_{std::move(kernel)}, kind_{kind},
          from_{device.buffer(bytes)}, to_{device.buffer(bytes)} {
        fill(from_, value);
        fill(to_, 0);
        if (kind >= CommandKind::read_image && kind <= CommandKind::map_image) {
            image_from_ = make_image(device, value);
            image_to_ = make_image(device, 0);
        }
        if (kind == CommandKind::unmap) {
            map(aside_, CL_TRUE, {}, nullptr);
        }
    }
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    ~Command() {
        if (mapped_ != nullptr && kind_ != CommandKind::unmap) {
            aside_.enqueueUnmapMemObject(mapped_object_, mapped_);
            aside_.finish();
        }
    }

    /// Null events make it wait for nothing.
    cl::Event enqueue(const cl::CommandQueue& queue, const std::vector<cl::Event>& after = {}) {
        cl::Event event;
        check_cl(enqueue(queue, after.empty() ? nullptr : &after, &event), name_of(kind_));
        return event;
    }

    [[nodiscard]] bool took_effect() {
        switch (kind_) {
            case CommandKind::native_kernel:
            case CommandKind::read:
            case CommandKind::read_image:
                break;
            case CommandKind::map:
            case CommandKind::map_image:
                std::copy_n(static_cast<const unsigned char*>(mapped_), bytes, host_.begin());
                break;
            case CommandKind::write_image:
            case CommandKind::copy_image:
            case CommandKind::copy_buffer_to_image:
                check_cl(
                    aside_.enqueueReadImage(image_to_, CL_TRUE, origin, region, 0, 0, host_.data()),
                    "clEnqueueReadImage");
                break;
            case CommandKind::unmap:
            case CommandKind::marker:
            case CommandKind::barrier:
                return true;
            default:
                check_cl(aside_.enqueueReadBuffer(to_, CL_TRUE, 0, bytes, host_.data()),
                         "clEnqueueReadBuffer");
        }
        return host_ == std::vector<unsigned char>(bytes, value);
    }

private:
    static constexpr std::size_t side = 4;
    static constexpr std::size_t bytes = side * side * 4;
    static constexpr std::array<std::size_t, 3> origin{0, 0, 0};
    static constexpr std::array<std::size_t, 3> region{side, side, 1};
    using Events = const std::vector<cl::Event>*;

    void fill(const cl::Buffer& buffer, unsigned char byte) const {
        const std::vector<unsigned char> content(bytes, byte);
        check_cl(aside_.enqueueWriteBuffer(buffer, CL_TRUE, 0, bytes, content.data()),
                 "clEnqueueWriteBuffer");
        // A blocking write has taken its memory; only then is it sure to be seen by other queues.
        check_cl(aside_.finish(), "clFinish");
    }

    cl::Image2D make_image(const Device& device, unsigned char byte) const {
        cl_int status = CL_SUCCESS;
        cl::Image2D image{device.context,
                          CL_MEM_READ_WRITE,
                          cl::ImageFormat{CL_RGBA, CL_UNSIGNED_INT8},
                          side,
                          side,
                          0,
                          nullptr,
                          &status};
        check_cl(status, "clCreateImage");
        const std::vector<unsigned char> content(bytes, byte);
        check_cl(aside_.enqueueWriteImage(image, CL_TRUE, origin, region, 0, 0,
                                          const_cast<unsigned char*>(content.data())),
                 "clEnqueueWriteImage");
        check_cl(aside_.finish(), "clFinish");
        return image;
    }

    cl_int map(const cl::CommandQueue& queue, cl_bool blocking, Events after, cl::Event* event) {
        cl_int status = CL_SUCCESS;
        mapped_object_ = from_;
        mapped_ =
            queue.enqueueMapBuffer(from_, blocking, CL_MAP_READ, 0, bytes, after, event, &status);
        return status;
    }

    cl_int map_image(const cl::CommandQueue& queue, Events after, cl::Event* event) {
        cl_int status = CL_SUCCESS;
        std::size_t pitch = 0;
        mapped_object_ = image_from_;
        mapped_ = queue.enqueueMapImage(image_from_, CL_FALSE, CL_MAP_READ, origin, region, &pitch,
                                        nullptr, after, event, &status);
        return status;
    }

    struct HostCopy {
        unsigned char* to;
        static void CL_CALLBACK run(void* argument) {
            std::fill_n(static_cast<HostCopy*>(argument)->to, bytes, value);
        }
    };

    cl_int enqueue(const cl::CommandQueue& queue, Events after, cl::Event* event) {
        switch (kind_) {
            case CommandKind::kernel:
                kernel_.setArg(0, to_);
                kernel_.setArg(1, from_);
                return queue.enqueueNDRangeKernel(kernel_, cl::NullRange, cl::NDRange{bytes},
                                                  cl::NullRange, after, event);
            case CommandKind::native_kernel:
                return enqueue_native_kernel(queue, &HostCopy::run, HostCopy{host_.data()}, after,
                                             event);
            case CommandKind::read:
                return queue.enqueueReadBuffer(from_, CL_FALSE, 0, bytes, host_.data(), after,
                                               event);
            case CommandKind::write:
                return queue.enqueueWriteBuffer(to_, CL_FALSE, 0, bytes, content_.data(), after,
                                                event);
            case CommandKind::copy:
                return queue.enqueueCopyBuffer(from_, to_, 0, 0, bytes, after, event);
            case CommandKind::fill:
                return queue.enqueueFillBuffer(to_, value, 0, bytes, after, event);
            case CommandKind::map:
                return map(queue, CL_FALSE, after, event);
            case CommandKind::unmap:
                return queue.enqueueUnmapMemObject(mapped_object_, mapped_, after, event);
            case CommandKind::read_image:
                return queue.enqueueReadImage(image_from_, CL_FALSE, origin, region, 0, 0,
                                              host_.data(), after, event);
            case CommandKind::write_image:
                return queue.enqueueWriteImage(image_to_, CL_FALSE, origin, region, 0, 0,
                                               content_.data(), after, event);
            case CommandKind::copy_image:
                return queue.enqueueCopyImage(image_from_, image_to_, origin, origin, region, after,
                                              event);
            case CommandKind::copy_image_to_buffer:
                return queue.enqueueCopyImageToBuffer(image_from_, to_, origin, region, 0, after,
                                                      event);
            case CommandKind::copy_buffer_to_image:
                return queue.enqueueCopyBufferToImage(from_, image_to_, 0, origin, region, after,
                                                      event);
            case CommandKind::map_image:
                return map_image(queue, after, event);
            case CommandKind::marker:
                return queue.enqueueMarkerWithWaitList(after, event);
            case CommandKind::barrier:
                return queue.enqueueBarrierWithWaitList(after, event);
        }
        return CL_INVALID_VALUE;
    }

    cl::CommandQueue aside_;
    cl::Kernel kernel_;
    CommandKind kind_;
    cl::Buffer from_;
    cl::Buffer to_;
    cl::Image2D image_from_;
    cl::Image2D image_to_;
    std::vector<unsigned char> host_ = std::vector<unsigned char>(bytes);
    std::vector<unsigned char> content_ = std::vector<unsigned char>(bytes, value);
    cl::Memory mapped_object_;
    void* mapped_ = nullptr;
};

/// Makes commands for a device.
class Commands {
public:
    explicit Commands(const Device& device)
        : device_{device}, aside_{device.queue()},
          kernel_{device.kernel("kernel void copy(global uchar* to, global const uchar* from) {"
                                "    to[get_global_id(0)] = from[get_global_id(0)]; }",
                                "copy")} {}

    /// The kinds that the device has: not all have native kernels.
    [[nodiscard]] std::vector<CommandKind> kinds() const {
        std::vector<CommandKind> result;
        for (int kind = 0; kind < command_kinds; ++kind) {
            if (CommandKind(kind) != CommandKind::native_kernel || device_.has_native_kernels()) {
                result.push_back(CommandKind(kind));
            }
        }
        return result;
    }

    [[nodiscard]] std::unique_ptr<Command> make(CommandKind kind) const {
        return std::make_unique<Command>(device_, aside_, kernel_, kind);
    }

private:
    const Device& device_;
    cl::CommandQueue aside_;
    cl::Kernel kernel_;
};

}  // namespace support
