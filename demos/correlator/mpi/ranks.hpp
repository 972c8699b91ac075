#pragma once

#include <juggle/mpi.hpp>
#include <juggle/timeline.hpp>

#include <cstddef>
#include <string>

namespace correlator {

/// The processes that run together, one of which this is. MPI is there as long as this is.
class Ranks {
public:
    /// Throws common::Error if MPI does not let one thread of several call it.
    Ranks(int& argc, char**& argv);
    ~Ranks();
    Ranks(const Ranks&) = delete;
    Ranks& operator=(const Ranks&) = delete;

    [[nodiscard]] std::size_t rank() const noexcept { return rank_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// The lowest rank that says so; size() if none does. All have to call it.
    [[nodiscard]] std::size_t first_that(bool says_so) const;

    /// Ends the processes of all ranks at once, with this status: the others may wait for this one.
    [[noreturn]] static void abort(int status);

    /// Writes what all ranks have recorded as one picture. All have to call it.
    void write_timeline(juggle::Timeline& timeline, const std::string& file) const;

    /// Who carries the messages: "Open MPI v4.1.4".
    [[nodiscard]] static std::string library();

private:
    std::size_t rank_ = 0;
    std::size_t size_ = 1;
};

/// All ranks, for messages of one kind: those of another are on one of their own, so their order
/// among each other does not matter.
class Communicator {
public:
    explicit Communicator(const Ranks& ranks);
    ~Communicator();
    Communicator(const Communicator&) = delete;
    Communicator& operator=(const Communicator&) = delete;

    [[nodiscard]] MPI_Comm get() const noexcept { return communicator_; }

private:
    MPI_Comm communicator_ = MPI_COMM_NULL;
};

/// A number of elements that lie side by side, as one: so that an int is enough to count them.
class Block {
public:
    Block(std::size_t elements, MPI_Datatype element);
    ~Block();
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    [[nodiscard]] MPI_Datatype get() const noexcept { return type_; }

private:
    MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

}  // namespace correlator
