#pragma once

#include <juggle/mpi/detail/mpi.hpp>
#include <juggle/mpi/error.hpp>

#include <stdexcept>

namespace juggle::inline JUGGLE_ABI::mpi {

/// What is known of a message that has come: `Status status = co_await event;`. For a request that
/// received nothing it says nothing of use, as `MPI_Status` does.
class Status {
public:
    /// An empty one.
    Status() noexcept {
        value_.MPI_SOURCE = MPI_ANY_SOURCE;
        value_.MPI_TAG = MPI_ANY_TAG;
        value_.MPI_ERROR = MPI_SUCCESS;
    }
    explicit Status(const MPI_Status& value) noexcept : value_{value} {}

    /// The sender's rank in the communicator.
    [[nodiscard]] int source() const noexcept { return value_.MPI_SOURCE; }
    [[nodiscard]] int tag() const noexcept { return value_.MPI_TAG; }

    /// How many elements of this type have come. `Error`; `std::length_error` if that is no whole
    /// number of them; `std::logic_error` if MPI is not there.
    [[nodiscard]] int count(MPI_Datatype type) const {
        if (!detail::is_there()) {
            throw std::logic_error{
                "juggle: mpi::Status::count: MPI is not initialised, or has been finalised"};
        }
        int result = 0;
        detail::check_call(MPI_Get_count(&value_, type, &result), "MPI_Get_count");
        if (result == MPI_UNDEFINED) {
            throw std::length_error{
                "juggle: mpi::Status::count: what has come is no whole number of elements of "
                "argument 'type', or more than an int can count"};
        }
        return result;
    }

    /// For MPI's own functions.
    [[nodiscard]] const MPI_Status& native() const noexcept { return value_; }

private:
    MPI_Status value_{};
};

}  // namespace juggle::mpi
