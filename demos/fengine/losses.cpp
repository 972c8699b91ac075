#include "fengine/losses.hpp"

#include <juggle/cancelled.hpp>
#include <juggle/resource_poisoned.hpp>

#include <iostream>

namespace fengine::ON_GPU {

void Losses::lost(const std::string& stream, std::uint64_t timestamp,
                  const std::exception_ptr& why) {
    std::cerr << "fengine: stream '" << stream << "': the chunk at " << timestamp
              << " is lost: " << text_of(why) << '\n';
    ++in_a_row_;
    if (is_hopeless()) {
        hopeless_.set();
    }
}

std::string text_of(const std::exception_ptr& problem) {
    try {
        std::rethrow_exception(problem);
    } catch (const gpu::Error& error) {
        return gpu::description(error);
    } catch (const juggle::ResourcePoisoned& error) {
        return error.cause() ? text_of(error.cause()) : error.what();
    } catch (const std::exception& error) {
        return error.what();
    } catch (const juggle::Cancelled&) {
        return "stopped";
    }
}

}  // namespace fengine::ON_GPU
