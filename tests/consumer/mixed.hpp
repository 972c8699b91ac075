#pragma once

#include <juggle/juggle.hpp>

#include <array>
#include <cstddef>

/// What a file knows of the library's types.
using Sizes = std::array<std::size_t, 6>;

inline constexpr Sizes sizes_here{sizeof(juggle::Executor),           sizeof(juggle::Resource<int>),
                                  sizeof(juggle::Channel<int>),       sizeof(juggle::Semaphore),
                                  sizeof(juggle::ThreadChannel<int>), sizeof(juggle::Task<int>)};

Sizes sizes_of_tasks() noexcept;
juggle::Task<int> sum_of(juggle::Resource<int>& resource, juggle::Channel<int>& channel);
