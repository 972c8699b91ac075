// Ranks: 1
// The fault layer for MPI, by plain MPI calls of a rank that talks to itself.

#include "../mpi_test.hpp"
#include "fault_layer.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

using support::contains;
using support::Faults;

namespace {

/// MPI_COMM_SELF and the world, whose handler calls without a communicator have, return errors.
struct Returning {
    juggle::mpi::ErrorsReturn world{MPI_COMM_WORLD};
    juggle::mpi::ErrorsReturn self{MPI_COMM_SELF};
};

/// Two messages to this rank itself, which have come.
struct TwoMessages {
    explicit TwoMessages() {
        for (std::size_t index = 0; index < 2; ++index) {
            MPI_Irecv(&received[index], 1, MPI_INT, 0, static_cast<int>(index), MPI_COMM_SELF,
                      &requests[index]);
        }
        for (std::size_t index = 0; index < 2; ++index) {
            MPI_Send(&sent[index], 1, MPI_INT, 0, static_cast<int>(index), MPI_COMM_SELF);
        }
    }

    std::array<int, 2> sent{7, 8};
    std::array<int, 2> received{};
    std::array<MPI_Request, 2> requests{};
};

int told = 0;
void note(MPI_Comm* /*communicator*/, int* code, ...) { told = *code; }

[[nodiscard]] int send_none(MPI_Request& request) {
    return MPI_Isend(nullptr, 0, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_SELF, &request);
}

}  // namespace

TEST_CASE("mpi faults: the k-th call of a name fails and starts nothing") {
    const Returning returning;
    const Faults faults{"MPI_Isend#2=MPI_ERR_RANK"};
    MPI_Request request = MPI_REQUEST_NULL;
    CHECK(send_none(request) == MPI_SUCCESS);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    CHECK(faults.injected() == 0);
    CHECK(send_none(request) == MPI_ERR_RANK);
    CHECK(request == MPI_REQUEST_NULL);
    CHECK(send_none(request) == MPI_SUCCESS);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    CHECK(faults.injected() == 1);
    CHECK(faults.last() == "MPI_Isend");
    CHECK(faults.calls("MPI_Isend") == 3);
    CHECK(faults.calls("MPI_I*") == 3);
    CHECK(faults.calls("*") == 5);
}

TEST_CASE("mpi faults: a plus means all from there on, no number all") {
    const Returning returning;
    const Faults faults{"MPI_Isend#2+=16; MPI_Ibar*=MPI_ERR_COMM"};
    MPI_Request request = MPI_REQUEST_NULL;
    CHECK(send_none(request) == MPI_SUCCESS);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    CHECK(send_none(request) == 16);
    CHECK(send_none(request) == 16);
    CHECK(MPI_Ibarrier(MPI_COMM_SELF, &request) == MPI_ERR_COMM);
    CHECK(MPI_Ibarrier(MPI_COMM_SELF, &request) == MPI_ERR_COMM);
}

TEST_CASE("mpi faults: the error handler of the communicator is called") {
    told = 0;
    MPI_Errhandler handler = MPI_ERRHANDLER_NULL;
    MPI_Comm_create_errhandler(&note, &handler);
    MPI_Comm communicator = MPI_COMM_NULL;
    MPI_Comm_dup(MPI_COMM_SELF, &communicator);
    MPI_Comm_set_errhandler(communicator, handler);
    const Faults faults{"MPI_Irecv=MPI_ERR_TAG"};
    MPI_Request request = MPI_REQUEST_NULL;
    CHECK(MPI_Irecv(nullptr, 0, MPI_INT, 0, 0, communicator, &request) == MPI_ERR_TAG);
    CHECK(told == MPI_ERR_TAG);
    MPI_Errhandler_free(&handler);
    MPI_Comm_free(&communicator);
}

TEST_CASE("mpi faults: a request that has completed has failed, by its status where there is one") {
    const Returning returning;
    Faults faults{"MPI_Waitsome=MPI_ERR_TRUNCATE"};
    {
        TwoMessages messages;
        std::array<int, 2> indices{};
        std::array<MPI_Status, 2> statuses{};
        int completed = 0;
        int all = 0;
        std::array<int, 2> errors{-1, -1};
        while (all < 2) {
            CHECK(MPI_Waitsome(2, messages.requests.data(), &completed, indices.data(),
                               statuses.data()) == MPI_ERR_IN_STATUS);
            for (int index = 0; index < completed; ++index) {
                const auto place = static_cast<std::size_t>(index);
                errors[static_cast<std::size_t>(indices[place])] = statuses[place].MPI_ERROR;
                CHECK(statuses[place].MPI_ERROR == (index == 0 ? MPI_ERR_TRUNCATE : MPI_SUCCESS));
            }
            all += completed;
        }
        CHECK(errors[0] == MPI_ERR_TRUNCATE);
        CHECK(messages.received == messages.sent);  // it was completed all the same
        CHECK(messages.requests == std::array{MPI_REQUEST_NULL, MPI_REQUEST_NULL});
    }
    faults.configure("MPI_Waitall#1=MPI_ERR_TRUNCATE; MPI_Wait#2=MPI_ERR_OTHER");
    {
        TwoMessages messages;
        std::array<MPI_Status, 2> statuses{};
        CHECK(MPI_Waitall(2, messages.requests.data(), statuses.data()) == MPI_ERR_IN_STATUS);
        CHECK(statuses[0].MPI_ERROR == MPI_ERR_TRUNCATE);
        CHECK(statuses[1].MPI_ERROR == MPI_SUCCESS);
        CHECK(messages.received == messages.sent);
    }
    {
        TwoMessages messages;
        MPI_Request none = MPI_REQUEST_NULL;
        CHECK(MPI_Wait(&messages.requests[0], MPI_STATUS_IGNORE) == MPI_SUCCESS);
        CHECK(MPI_Wait(&none, MPI_STATUS_IGNORE) == MPI_SUCCESS);  // completes nothing
        CHECK(MPI_Wait(&messages.requests[1], MPI_STATUS_IGNORE) == MPI_ERR_OTHER);
        CHECK(messages.requests[1] == MPI_REQUEST_NULL);
        CHECK(messages.received == messages.sent);
    }
}

TEST_CASE("mpi faults: only calls that complete something count for a failure") {
    const Returning returning;
    const Faults faults{"MPI_Test*#1=MPI_ERR_OTHER"};
    int number = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Irecv(&number, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &request);
    int flag = -1;
    int index = -1;
    MPI_Status status{};
    CHECK(MPI_Test(&request, &flag, &status) == MPI_SUCCESS);
    CHECK(flag == 0);
    CHECK(MPI_Testany(1, &request, &index, &flag, &status) == MPI_SUCCESS);
    CHECK(MPI_Testall(1, &request, &flag, &status) == MPI_SUCCESS);
    CHECK(MPI_Testsome(1, &request, &flag, &index, &status) == MPI_SUCCESS);
    CHECK(flag == 0);
    CHECK(faults.injected() == 0);
    const int sent = 5;
    MPI_Send(&sent, 1, MPI_INT, 0, 0, MPI_COMM_SELF);
    int code = MPI_SUCCESS;
    while (request != MPI_REQUEST_NULL) {
        code = MPI_Test(&request, &flag, &status);
    }
    CHECK(code == MPI_ERR_OTHER);
    CHECK(number == 5);
}

TEST_CASE("mpi faults: a refusal touches no request") {
    const Returning returning;
    Faults faults{"MPI_Test*=refuse:MPI_ERR_OTHER; MPI_Wait*#2=refuse:17"};
    TwoMessages messages;
    const std::array<MPI_Request, 2> before = messages.requests;
    std::array<int, 2> indices{};
    std::array<MPI_Status, 2> statuses{};
    int count = 0;
    CHECK(MPI_Testsome(2, messages.requests.data(), &count, indices.data(), statuses.data()) ==
          MPI_ERR_OTHER);
    CHECK(MPI_Testall(2, messages.requests.data(), &count, statuses.data()) == MPI_ERR_OTHER);
    CHECK(MPI_Testany(2, messages.requests.data(), indices.data(), &count, statuses.data()) ==
          MPI_ERR_OTHER);
    CHECK(MPI_Test(messages.requests.data(), &count, statuses.data()) == MPI_ERR_OTHER);
    CHECK(messages.requests == before);
    CHECK(MPI_Wait(messages.requests.data(), MPI_STATUS_IGNORE) == MPI_SUCCESS);
    CHECK(MPI_Waitany(2, messages.requests.data(), indices.data(), MPI_STATUS_IGNORE) == 17);
    CHECK(messages.requests[1] == before[1]);
    CHECK(MPI_Waitany(2, messages.requests.data(), indices.data(), MPI_STATUS_IGNORE) ==
          MPI_SUCCESS);
    CHECK(indices[0] == 1);
}

TEST_CASE("mpi faults: a persistent request is not started, or fails, and stays") {
    const Returning returning;
    const Faults faults{"MPI_Start#1=MPI_ERR_REQUEST; MPI_Wait#1=MPI_ERR_OTHER"};
    int number = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Recv_init(&number, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_SELF, &request);
    CHECK(MPI_Start(&request) == MPI_ERR_REQUEST);
    CHECK(MPI_Start(&request) == MPI_SUCCESS);
    CHECK(MPI_Wait(&request, MPI_STATUS_IGNORE) == MPI_ERR_OTHER);
    CHECK(request != MPI_REQUEST_NULL);
    MPI_Request_free(&request);
}

TEST_CASE("mpi faults: windows and files have their own error handlers") {
    const Returning returning;
    const Faults faults{"MPI_Rput=MPI_ERR_RMA_SYNC; MPI_File_i*=MPI_ERR_IO"};
    std::array<int, 1> shared{};
    MPI_Win window = MPI_WIN_NULL;
    MPI_Win_create(shared.data(), sizeof shared, sizeof(int), MPI_INFO_NULL, MPI_COMM_SELF,
                   &window);
    MPI_Win_set_errhandler(window, MPI_ERRORS_RETURN);
    MPI_Request request = MPI_REQUEST_NULL;
    const int number = 3;
    CHECK(MPI_Rput(&number, 1, MPI_INT, 0, 0, 1, MPI_INT, window, &request) == MPI_ERR_RMA_SYNC);
    MPI_Win_free(&window);

    MPI_File file = MPI_FILE_NULL;
    MPI_File_open(MPI_COMM_SELF, "mpi_faults_layer",
                  MPI_MODE_CREATE | MPI_MODE_RDWR | MPI_MODE_DELETE_ON_CLOSE, MPI_INFO_NULL, &file);
    CHECK(MPI_File_iwrite_at(file, 0, &number, 1, MPI_INT, &request) == MPI_ERR_IO);
    MPI_File_close(&file);
}

TEST_CASE("mpi faults: a rule that cannot be is refused, with the reason, and changes nothing") {
    const Returning returning;
    const Faults faults{"MPI_Isend=MPI_ERR_OTHER"};
    CHECK(contains(faults.refusal_of("MPI_Isend"), "is not of the form"));
    CHECK(contains(faults.refusal_of("MPI_Send=MPI_ERR_OTHER"), "'MPI_Send' is no MPI call"));
    CHECK(contains(faults.refusal_of("MPI_Isend#0=MPI_ERR_OTHER"), "is not the number of a call"));
    CHECK(contains(faults.refusal_of("MPI_Isend=MPI_ERR_OTTER"), "'MPI_ERR_OTTER' is neither"));
    CHECK(contains(faults.refusal_of("MPI_Isend=0"), "'0' is neither"));
    CHECK(contains(faults.refusal_of("MPI_Isend=-5"), "'-5' is neither"));
    CHECK(contains(faults.refusal_of("MPI_Isend=kill:5"), "'kill:5' is neither"));
    CHECK(contains(faults.refusal_of("MPI_Isend=refuse"), "'refuse' is neither"));
    CHECK(
        contains(faults.refusal_of("MPI_Isend=refuse:5"), "is for MPI_Test* and MPI_Wait* alone"));
    CHECK(contains(faults.refusal_of("*=refuse:5"), "is for MPI_Test* and MPI_Wait* alone"));
    MPI_Request request = MPI_REQUEST_NULL;
    CHECK(send_none(request) == MPI_ERR_OTHER);
}
