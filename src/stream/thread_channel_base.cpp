#include <juggle/detail/stream/thread_channel_base.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

namespace {

/// The channels of one executor: closes those that outlive it.
class ThreadChannels final : public Service {
public:
    explicit ThreadChannels(Loop&) noexcept {}
    ~ThreadChannels() override {
        while (!channels_.empty()) {
            ThreadChannelBase& channel = *channels_.first();
            channels_.remove(channel);
            channel.executor_gone();
        }
    }

    void add(ThreadChannelBase& channel) noexcept { channels_.push_back(channel); }
    void remove(ThreadChannelBase& channel) noexcept { channels_.remove(channel); }

private:
    IntrusiveList<ThreadChannelBase> channels_;
};

}  // namespace

ThreadChannelBase::ThreadChannelBase(Loop& loop, const ThreadChannelKind& kind)
    : PostNode{&ThreadChannelBase::run}, kind_{kind}, inbox_{loop.inbox()}, home_{&loop},
      loop_{&loop} {
    loop.check_call(kind.constructor);
    inbox_.retain();
}

void ThreadChannelBase::join_executor() { loop_->service<ThreadChannels>().add(*this); }

void ThreadChannelBase::leave_executor() noexcept {
    check_thread(kind_.destructor);
    if (loop_ != nullptr) {
        std::exchange(loop_, nullptr)->service<ThreadChannels>().remove(*this);
    }
}

Loop& loop_of_thread_channel(const ThreadChannelKind& kind) {
    if (current_loop == nullptr) {
        throw std::logic_error{"juggle: " + std::string{kind.name} +
                               ": made outside of an executor"};
    }
    return *current_loop;
}

void check_capacity(const ThreadChannelKind& kind, std::size_t capacity, std::size_t most) {
    const std::string argument = "juggle: " + std::string{kind.name} + ": argument 'capacity' is ";
    if (capacity == 0) {
        throw std::invalid_argument{argument + "0"};
    }
    if (capacity > most) {
        throw std::invalid_argument{argument + std::to_string(capacity) +
                                    ", more than memory can hold"};
    }
}

}  // namespace juggle::detail
