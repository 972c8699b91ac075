#include <juggle/detail/base/misuse.hpp>
#include <juggle/detail/stream/generator_promise.hpp>

#include <stdexcept>
#include <string>

namespace juggle::detail {

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

void GeneratorPromiseBase::detach() noexcept {
    if (pending()) {
        if (has_checks && (current_loop == nullptr || !current_loop->abandoning())) {
            misuse_by_destruction(
                "juggle: a Generator was destroyed while a task waits in its next()");
        }
        std::exchange(consumer_, nullptr)->generator_gone();
    }
    while (innermost_ != this) {
        const GeneratorPromiseBase& inner = *innermost_;
        innermost_ = inner.outer_;
        *inner.owner_ = nullptr;
        destroy_ended_frame(current_loop, inner.frame_, inner.outcome_);
    }
}

}  // namespace juggle::detail
