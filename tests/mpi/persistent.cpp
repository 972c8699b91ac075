// Ranks: 2
// mpi::Persistent: requests that are started again and again.

#include "mpi_test.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

namespace mpi = juggle::mpi;
using juggle::EventStatus;
using juggle::Task;
using support::contains;
using support::exception_of;
using support::is;
using support::rank;
using support::text_of;

MPI_TEST_CASE("a persistent request is started again and again, an event a start") {
    int sent = 0;
    int received = -1;
    const int other = 1 - rank();
    mpi::Persistent send{MPI_Send_init, &sent, 1, MPI_INT, other, 3, MPI_COMM_WORLD};
    mpi::Persistent receive{MPI_Recv_init, &received, 1, MPI_INT, other, 3, MPI_COMM_WORLD};
    mpi::Event first;
    for (int round = 0; round < 10; ++round) {
        sent = 100 * rank() + round;
        const mpi::Event came = receive.start();
        const mpi::Event went = send.start();
        const mpi::Status status = co_await came;
        co_await went;
        CHECK(status.source() == other);
        CHECK(received == 100 * other + round);
        if (round == 0) {
            first = came;
        }
    }
    CHECK(first.status() == EventStatus::complete);  // whatever has been started since
}

MPI_TEST_CASE("a start that has not completed cannot be followed by another one") {
    int received = -1;
    const int number = rank();
    const int other = 1 - rank();
    mpi::Persistent receive{MPI_Recv_init, &received, 1, MPI_INT, other, 3, MPI_COMM_WORLD};
    const mpi::Event event = receive.start();
    const auto again = co_await exception_of([](mpi::Persistent& request) -> Task<> {
        (void)request.start();
        co_return;
    }(receive));
    REQUIRE(is<std::logic_error>(again));
    CHECK(contains(text_of(again), "MPI_Recv_init of at most 1 element from rank"));
    co_await mpi::start(MPI_Ibarrier, MPI_COMM_WORLD);
    co_await mpi::start(MPI_Isend, &number, 1, MPI_INT, other, 3, MPI_COMM_WORLD);
    co_await event;
    CHECK(received == other);

    mpi::Persistent moved = std::move(receive);
    CHECK_THROWS_AS(receive.start(), std::logic_error);  // NOLINT(bugprone-use-after-move)
    const mpi::Event last = moved.start();
    co_await mpi::start(MPI_Isend, &number, 1, MPI_INT, other, 3, MPI_COMM_WORLD);
    co_await last;
}

MPI_TEST_CASE("a persistent request may be destroyed while a start is outstanding") {
    auto received = std::make_shared<int>(-1);
    const int number = 7;
    const int other = 1 - rank();
    mpi::Event event;
    {
        mpi::Persistent receive{MPI_Recv_init, received.get(), 1, MPI_INT, other, 3,
                                MPI_COMM_WORLD};
        event = receive.start();
        event.keep(received);
    }
    co_await mpi::start(MPI_Ibarrier, MPI_COMM_WORLD);
    co_await mpi::start(MPI_Isend, &number, 1, MPI_INT, other, 3, MPI_COMM_WORLD);
    co_await event;
    CHECK(*received == 7);
    CHECK(received.use_count() == 1);
}

MPI_TEST_CASE("a persistent request that MPI refuses is an error") {
    int received = 0;
    const auto refused = co_await exception_of([](int& to) -> Task<> {
        const mpi::Persistent receive{MPI_Recv_init, &to, 1, MPI_INT, 99, 3, MPI_COMM_WORLD};
        co_return;
    }(received));
    // Some see it when it is made, others when it is started.
    if (refused) {
        REQUIRE(is<mpi::Error>(refused));
        CHECK(contains(text_of(refused), "MPI_Recv_init of at most 1 element from rank 99"));
    }
}
