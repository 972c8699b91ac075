#pragma once

#include <juggle/bridge/service.hpp>
#include <juggle/executor.hpp>
#include <juggle/mpi/detail/progress.hpp>
#include <juggle/mpi/progress_options.hpp>

#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::mpi {

/// Sets them for an executor, from its own thread. `std::invalid_argument`, with nothing changed,
/// if one is negative, or the shortest nap zero or longer than the longest; `std::logic_error` if
/// MPI is not there.
inline void set_progress_options(Executor& executor, const ProgressOptions& options) {
    const auto check_option = [](bool good, const char* argument, auto value) {
        if (!good) {
            throw std::invalid_argument{"juggle: mpi::set_progress_options: argument 'options." +
                                        std::string{argument} + "' is " + std::to_string(value)};
        }
    };
    check_option(options.spin.count() >= 0, "spin (ns)", options.spin.count());
    check_option(options.shortest_nap.count() > 0, "shortest_nap (ns)",
                 options.shortest_nap.count());
    check_option(options.longest_nap >= options.shortest_nap, "longest_nap (ns)",
                 options.longest_nap.count());
    check_option(options.drain.count() >= 0, "drain (ns)", options.drain.count());
    bridge::service<detail::Progress>(executor).set_options(options);
}

}  // namespace juggle::mpi
