#pragma once

#include <juggle/mpi/detail/mpi.hpp>
#include <juggle/mpi/error.hpp>

#include <stdexcept>

namespace juggle::inline JUGGLE_ABI::mpi {

/// While it lives, errors of a communicator are returned, and thrown as `Error`, instead of ending
/// all processes, which is what MPI does of itself. The handler that the communicator had before
/// is put back, unless MPI has been finalised by then.
///
/// `MPI_COMM_WORLD` and `MPI_COMM_SELF` have one for as long as an executor uses MPI. Communicators
/// that are made of them meanwhile inherit it; one that was made before, or by a library, needs its
/// own. Files return errors by themselves.
class [[nodiscard("the handler is put back when it is destroyed")]] ErrorsReturn {
public:
    /// `Error` if the communicator is none, `std::logic_error` if MPI is not there.
    explicit ErrorsReturn(MPI_Comm communicator) : communicator_{communicator} {
        if (!detail::is_there()) {
            throw std::logic_error{
                "juggle: mpi::ErrorsReturn: MPI is not initialised, or has been finalised"};
        }
        detail::check_call(MPI_Comm_get_errhandler(communicator, &before_),
                           "MPI_Comm_get_errhandler");
        const int code = MPI_Comm_set_errhandler(communicator, MPI_ERRORS_RETURN);
        if (code != MPI_SUCCESS) {
            MPI_Errhandler_free(&before_);
            throw Error{code, "MPI_Comm_set_errhandler"};
        }
    }
    ErrorsReturn(const ErrorsReturn&) = delete;
    ErrorsReturn& operator=(const ErrorsReturn&) = delete;
    /// The communicator must not have been freed.
    ~ErrorsReturn() {
        int is_finalised = 0;
        if (MPI_Finalized(&is_finalised) != MPI_SUCCESS || is_finalised != 0) {
            return;
        }
        MPI_Comm_set_errhandler(communicator_, before_);
        MPI_Errhandler_free(&before_);
    }

private:
    MPI_Comm communicator_;
    MPI_Errhandler before_ = MPI_ERRHANDLER_NULL;
};

}  // namespace juggle::mpi
