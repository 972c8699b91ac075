#pragma once

#include "common/gpu/grid.hpp"
#include "common/gpu/opencl/label.hpp"
#include "common/gpu/opencl/types.hpp"

#include <chrono>
#include <cstddef>

namespace common::on_opencl {

// Each enqueues a command and returns at once. Places and lengths are in bytes.

void write(const Queue& queue, const Buffer& to, std::size_t at, const void* from,
           std::size_t bytes, const Label& label);
void read(const Queue& queue, const Buffer& from, std::size_t at, void* to, std::size_t bytes,
          const Label& label);
void copy(const Queue& queue, const Buffer& from, std::size_t from_at, const Buffer& to,
          std::size_t to_at, std::size_t bytes, const Label& label);
/// To zero; `at` and `bytes` are multiples of four.
void clear(const Queue& queue, const Buffer& buffer, std::size_t at, std::size_t bytes,
           const Label& label);
/// `count` work-items at least, in a row, in groups of the driver's choice.
void launch(const Queue& queue, const Kernel& kernel, std::size_t count, const Label& label);
void launch(const Queue& queue, const Kernel& kernel, const Grid& grid, const Label& label);
/// Something that takes that long, in the place of a kernel. `duration` stays where it is until
/// then.
void sleep(const Queue& queue, const std::chrono::nanoseconds& duration, const Label& label);

}  // namespace common::on_opencl
