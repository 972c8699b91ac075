#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/run/destroy_in_bounds.hpp>
#include <juggle/detail/stream/generator_promise.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

void throw_empty_generator(const char* where) {
    throw std::logic_error{"juggle: " + std::string{where} +
                           ": the generator is empty (default-constructed or moved from)"};
}

void throw_pending_generator(const char* where) {
    throw std::logic_error{"juggle: " + std::string{where} +
                           ": somebody waits in next() of this generator already"};
}

void GeneratorPromiseBase::unhandled_exception() noexcept {
    outcome_.set_error(std::current_exception());
    loop().set_cause(outcome_.error());
}

void GeneratorPromiseBase::destroy() noexcept {
    call_instead(&GeneratorPromiseBase::destroy_chain);
    destroy_in_bounds(*this);
}

void GeneratorPromiseBase::destroy_chain(PostNode& node) noexcept {
    auto& self = static_cast<GeneratorPromiseBase&>(node);
    if (self.pending()) {
        self.leave_consumer();
    }
    while (self.innermost_ != &self) {
        self.innermost_->destroy_with_awaiter();
    }
    destroy_ended_frame(current_loop, self.frame_, self.outcome_);
}

void GeneratorPromiseBase::leave_consumer() noexcept {
    if (current_loop != nullptr && current_loop->abandoning()) {
        SpawnedTask& task = innermost_->task();
        task.destroy_inside(this);
        task.innermost = parent_;
    } else if (has_checks) {
        misuse_by_destruction("juggle: a Generator was destroyed while a task waits in its next()");
    }
    std::exchange(consumer_, nullptr)->generator_gone();
}

void GeneratorPromiseBase::destroy_with_awaiter() noexcept {
    if (outer_ != nullptr) {
        root_->innermost_ = outer_;
    } else {
        std::exchange(consumer_, nullptr)->generator_gone();
    }
    *owner_ = nullptr;
    destroy_ended_frame(current_loop, frame_, outcome_);
}

}  // namespace juggle::detail
