#include "ranks.hpp"

#include "check.hpp"
#include "common/error.hpp"
#include "common/timeline_file.hpp"

#include <juggle/mpi/timeline.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>

namespace correlator {

Ranks::Ranks(int& argc, char**& argv) {
    int level = MPI_THREAD_SINGLE;
    check(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level), "MPI_Init_thread");
    if (level < MPI_THREAD_FUNNELED) {
        MPI_Finalize();
        throw common::Error(
            "this MPI does not allow for other threads beside the one that calls it");
    }
    int number = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &number);
    rank_ = static_cast<std::size_t>(number);
    MPI_Comm_size(MPI_COMM_WORLD, &number);
    size_ = static_cast<std::size_t>(number);
}

Ranks::~Ranks() { MPI_Finalize(); }

std::size_t Ranks::first_that(bool says_so) const {
    auto first = static_cast<int>(says_so ? rank_ : size_);
    check(MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD),
          "MPI_Allreduce");
    return static_cast<std::size_t>(first);
}

void Ranks::abort(int status) {
    MPI_Abort(MPI_COMM_WORLD, status);
    std::_Exit(status);
}

void Ranks::write_timeline(juggle::Timeline& timeline, const std::string& file) const {
    const juggle::TimelineRenderOptions picture{.title = "correlator"};
    if (size_ == 1) {
        common::write_timeline(timeline, file, picture);
        return;
    }
    try {
        juggle::mpi::write_timeline(MPI_COMM_WORLD, timeline, file, picture);
    } catch (const std::system_error& error) {
        throw common::Error("--timeline: cannot write '" + file + "': " + error.code().message());
    }
}

std::string Ranks::library() {
    std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
    int length = 0;
    MPI_Get_library_version(text.data(), &length);
    std::string all(text.data(), static_cast<std::size_t>(length));
    std::ranges::replace(all, '\t', ' ');
    return all.substr(0, all.find_first_of(",\n"));
}

Communicator::Communicator(const Ranks& /*ranks*/) {
    check(MPI_Comm_dup(MPI_COMM_WORLD, &communicator_), "MPI_Comm_dup");
    MPI_Comm_set_errhandler(communicator_, MPI_ERRORS_RETURN);
}

Communicator::~Communicator() { MPI_Comm_free(&communicator_); }

Block::Block(std::size_t elements, MPI_Datatype element) {
    check(MPI_Type_contiguous(static_cast<int>(elements), element, &type_), "MPI_Type_contiguous");
    check(MPI_Type_commit(&type_), "MPI_Type_commit");
}

Block::~Block() { MPI_Type_free(&type_); }

}  // namespace correlator
