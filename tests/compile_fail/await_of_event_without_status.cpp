// expect: ^[^ ]*await_of_event_without_status.cpp:.*the juggle::EventTraits of this lack status
#include <juggle/juggle.hpp>

struct Fence {};

template <>
struct juggle::EventTraits<Fence> {
    static Task<> wait(std::span<const Fence> fences);
    static void wait_on_host(std::span<const Fence> fences) noexcept;
};

juggle::Task<> wait(Fence fence) { co_await fence; }
