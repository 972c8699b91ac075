#include <juggle/detail/run/wait_report.hpp>
#include <juggle/detail/stream/thread_channel_state.hpp>

#include <stdexcept>
#include <string>

namespace juggle::detail {

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

ThreadChannelBase::ThreadChannelBase(Loop& loop)
    : PostNode{&ThreadChannelBase::run}, inbox_{loop.inbox()}, home_{&loop}, loop_{&loop} {
    loop.check_call("the constructor of a ThreadChannel");
    inbox_.retain();
}

void ThreadChannelBase::join_executor() { loop_->service<ThreadChannels>().add(*this); }

void ThreadChannelBase::leave_executor() noexcept {
    check_thread("the destructor of a ThreadChannel");
    if (loop_ != nullptr) {
        std::exchange(loop_, nullptr)->service<ThreadChannels>().remove(*this);
    }
}

void describe_thread_pop(WaitReport& report) {
    report.what = "an element that another thread pushes into a thread channel";
}

Loop& loop_of_thread_channel() {
    if (current_loop == nullptr) {
        throw std::logic_error{"juggle: ThreadChannel: made outside of an executor"};
    }
    return *current_loop;
}

void check_thread_channel_capacity(std::size_t capacity, std::size_t most) {
    if (capacity == 0) {
        throw std::invalid_argument{"juggle: ThreadChannel: argument 'capacity' is 0"};
    }
    if (capacity > most) {
        throw std::invalid_argument{"juggle: ThreadChannel: argument 'capacity' is " +
                                    std::to_string(capacity) + ", more than memory can hold"};
    }
}

}  // namespace juggle::detail
