#pragma once

#include <juggle/detail/run/spawned_task.hpp>
#include <juggle/join_handle.hpp>

#include <vector>

namespace support {

/// A race of spawned tasks: the first that is about to be given something wins, the others are
/// asked to stop.
class FirstWins final : public juggle::detail::Race {
public:
    FirstWins() : Race{&FirstWins::decide} {}

    template <class T>
    void add(const juggle::JoinHandle<T>& handle) {
        juggle::detail::SpawnedTask& task = *juggle::detail::JoinAccess::task(handle);
        task.race = this;
        tasks_.push_back(&task);
    }

    bool won_by(const juggle::TaskId& id) const {
        return winner_ != nullptr && winner_->id() == id;
    }

private:
    static bool decide(Race& race, juggle::detail::SpawnedTask& task) noexcept {
        auto& self = static_cast<FirstWins&>(race);
        if (self.winner_ == nullptr) {
            self.winner_ = &task;
            for (juggle::detail::SpawnedTask* other : self.tasks_) {
                if (other != &task) {
                    other->request_stop();
                }
            }
        }
        return self.winner_ == &task;
    }

    std::vector<juggle::detail::SpawnedTask*> tasks_;
    juggle::detail::SpawnedTask* winner_ = nullptr;
};

}  // namespace support
