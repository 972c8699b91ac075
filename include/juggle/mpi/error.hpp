#pragma once

#include <juggle/config.hpp>
#include <juggle/mpi/detail/mpi.hpp>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace juggle::inline JUGGLE_ABI::mpi {

namespace detail {

/// MPI has been initialised, and has not been finalised.
[[nodiscard]] inline bool is_there() noexcept {
    int is_initialised = 0;
    int is_finalised = 0;
    return MPI_Initialized(&is_initialised) == MPI_SUCCESS &&
           MPI_Finalized(&is_finalised) == MPI_SUCCESS && is_initialised != 0 && is_finalised == 0;
}

/// MPI's own text; of some implementations it has several lines.
[[nodiscard]] inline std::string error_text(int code) {
    if (!is_there()) {
        return "error " + std::to_string(code);
    }
    std::array<char, MPI_MAX_ERROR_STRING + 1> text{};
    int length = 0;
    if (MPI_Error_string(code, text.data(), &length) != MPI_SUCCESS) {
        return "unknown error " + std::to_string(code);
    }
    return {text.data(), static_cast<std::size_t>(length)};
}

[[nodiscard]] inline int error_class_of(int code) noexcept {
    int error_class = MPI_ERR_UNKNOWN;
    return is_there() && MPI_Error_class(code, &error_class) == MPI_SUCCESS ? error_class
                                                                            : MPI_ERR_UNKNOWN;
}

/// In MPI_COMM_WORLD; -1 if there is none (any more).
[[nodiscard]] inline int world_rank() noexcept {
    int rank = -1;
    return is_there() && MPI_Comm_rank(MPI_COMM_WORLD, &rank) == MPI_SUCCESS ? rank : -1;
}

}  // namespace detail

/// An MPI call failed, or what it had started did.
///
/// MPI returns errors only from communicators, windows and files whose error handler returns: see
/// `ErrorsReturn`.
class Error : public std::runtime_error {
public:
    /// Of a call that returned `code`. `call` is named in the message, beside the rank.
    Error(int code, std::string call)
        : std::runtime_error{"juggle: mpi: " + call + " failed on rank " +
                             std::to_string(detail::world_rank()) + ": " +
                             detail::error_text(code)},
          code_{code}, class_{detail::error_class_of(code)}, rank_{detail::world_rank()},
          call_{std::move(call)} {}

    /// As MPI gave it; the implementation's own.
    [[nodiscard]] int code() const noexcept { return code_; }
    /// Its class, such as `MPI_ERR_TRUNCATE`: what a program compares with.
    [[nodiscard]] int error_class() const noexcept { return class_; }
    /// On which rank of MPI_COMM_WORLD: this process's own.
    [[nodiscard]] int rank() const noexcept { return rank_; }
    /// The call that returned it, or what was waited for: "MPI_Irecv of at most 4 elements from
    /// rank 1, tag 7".
    [[nodiscard]] const std::string& call() const noexcept { return call_; }

private:
    int code_;
    int class_;
    int rank_;
    std::string call_;
};

namespace detail {

inline void check_call(int code, const char* call) {
    if (code != MPI_SUCCESS) {
        throw Error{code, call};
    }
}

}  // namespace detail

}  // namespace juggle::mpi
