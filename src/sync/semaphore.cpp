#include <juggle/semaphore.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI {

Semaphore::Semaphore(std::size_t permits, std::source_location where) {
    if (permits == 0) {
        throw std::invalid_argument{"juggle: Semaphore: argument 'permits' is 0"};
    }
    queue_ = new detail::PermitQueue{permits, where};
}

Semaphore::Semaphore(std::string name, std::size_t permits, std::source_location where)
    : Semaphore{permits, where} {
    queue_->set_name(std::move(name));
}

Semaphore::~Semaphore() { queue_->semaphore_goes(); }

void Semaphore::throw_bad_count(const char* operation, std::size_t count) const {
    throw std::invalid_argument{"juggle: Semaphore::" + std::string{operation} +
                                ": argument 'count' is " + std::to_string(count) +
                                ", which is not from 1 to the number of permits, " +
                                std::to_string(permits())};
}

}  // namespace juggle
