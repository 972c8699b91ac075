#pragma once

#include <juggle/mpi/detail/mpi.hpp>
#include <juggle/mpi/detail/request_table.hpp>
#include <juggle/mpi/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace juggle::inline JUGGLE_ABI::mpi::detail {

/// The ranks of a communicator, with messages that no others are taken for. Errors are returned.
class Ranks {
public:
    /// Collective. `function` is named in errors.
    Ranks(MPI_Comm communicator, const char* function) {
        (void)RequestTable::get(function);
        int is_inter = 0;
        check_call(MPI_Comm_test_inter(communicator, &is_inter), "MPI_Comm_test_inter");
        if (is_inter != 0) {
            throw std::invalid_argument{std::string{"juggle: "} + function +
                                        ": argument 'communicator' is an intercommunicator"};
        }
        check_call(MPI_Comm_dup(communicator, &own_), "MPI_Comm_dup");
        MPI_Comm_set_errhandler(own_, MPI_ERRORS_RETURN);
        MPI_Comm_rank(own_, &rank_);
        MPI_Comm_size(own_, &ranks_);
    }
    Ranks(const Ranks&) = delete;
    Ranks& operator=(const Ranks&) = delete;
    ~Ranks() { MPI_Comm_free(&own_); }

    [[nodiscard]] int rank() const noexcept { return rank_; }
    [[nodiscard]] int ranks() const noexcept { return ranks_; }

    /// Arrays, strings and the like of characters or 64-bit numbers. None at all is a message, too.
    template <class Values>
    void send(const Values& values, int rank) const {
        in_parts(std::span<const typename Values::value_type>{values},
                 [&](const auto* part, int count) {
                     check_call(MPI_Send(part, count, type_of(part), rank, 0, own_), "MPI_Send");
                 });
    }
    template <class Values>
    void receive(Values& values, int rank) const {
        in_parts(std::span<typename Values::value_type>{values}, [&](auto* part, int count) {
            check_call(MPI_Recv(part, count, type_of(part), rank, 0, own_, MPI_STATUS_IGNORE),
                       "MPI_Recv");
        });
    }
    /// From rank 0 to all.
    template <class Values>
    void broadcast(Values& values) const {
        in_parts(std::span<typename Values::value_type>{values}, [&](auto* part, int count) {
            check_call(MPI_Bcast(part, count, type_of(part), 0, own_), "MPI_Bcast");
        });
    }

private:
    [[nodiscard]] static MPI_Datatype type_of(const char*) noexcept { return MPI_CHAR; }
    [[nodiscard]] static MPI_Datatype type_of(const std::int64_t*) noexcept { return MPI_INT64_T; }

    /// Of a size that MPI can count.
    template <class T, class Call>
    static void in_parts(std::span<T> values, Call call) {
        constexpr std::size_t most = std::size_t{1} << 27;
        do {
            const std::size_t count = (std::min)(values.size(), most);
            call(values.data(), static_cast<int>(count));
            values = values.subspan(count);
        } while (!values.empty());
    }

    MPI_Comm own_ = MPI_COMM_NULL;
    int rank_ = 0;
    int ranks_ = 1;
};

}  // namespace juggle::mpi::detail
