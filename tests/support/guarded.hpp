#pragma once

#include JUGGLE_TEST_KIT

#include <juggle/event_traits.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace support {

/// What happened to a value that commands touch.
struct Fate {
    std::vector<kit::Event> commands;
    int destroyed = 0;
    int destroyed_too_early = 0;  // while a command that touches it had not ended
};

/// A value for a resource that notes in a `Fate` when it is destroyed.
template <class T>
class Guarded {
public:
    Guarded(T content, Fate& fate) : value{std::move(content)}, fate_{&fate} {}
    Guarded(Guarded&&) = default;
    Guarded& operator=(Guarded&&) = delete;
    ~Guarded() {
        if (fate_ == nullptr) {
            return;
        }
        ++fate_->destroyed;
        for (const kit::Event& command : fate_->commands) {
            if (juggle::EventTraits<kit::Event>::status(command) == juggle::EventStatus::pending) {
                ++fate_->destroyed_too_early;
                return;
            }
        }
    }

    void touched_by(const kit::Event& command) { fate_->commands.push_back(command); }

    T value;

private:
    struct Forget {
        void operator()(Fate*) const noexcept {}
    };
    std::unique_ptr<Fate, Forget> fate_;  // null once it is moved from
};

using HostMemory = Guarded<kit::HostBuffer>;
using DeviceMemory = Guarded<kit::DeviceBuffer>;

}  // namespace support
