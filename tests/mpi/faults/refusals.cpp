// Ranks: 1
// MPI refuses to say how a request stands, or says that it has failed, at once, later, or while it
// is looked at alone.

#include "../mpi_test.hpp"
#include "fault_layer.hpp"

#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace mpi = juggle::mpi;
using juggle::EventStatus;
using support::contains;
using support::exception_of;
using support::Faults;
using support::is;
using support::text_of;

namespace {

[[nodiscard]] mpi::Event receive(int& number) {
    return mpi::start(MPI_Irecv, &number, 1, MPI_INT, 0, 5, MPI_COMM_SELF);
}
void send(const int& number) { MPI_Send(&number, 1, MPI_INT, 0, 5, MPI_COMM_SELF); }

constexpr const char* refuse_all =
    "MPI_Testsome=refuse:MPI_ERR_INTERN; MPI_Request_get_status=MPI_ERR_INTERN";

}  // namespace

MPI_TEST_CASE("mpi faults: a request of which MPI says nothing is lost, and keeps its memory") {
    const Faults faults{refuse_all};
    const auto memory = std::make_shared<int>(0);
    const mpi::Event event = receive(*memory);
    event.keep(memory);
    const auto lost = co_await exception_of(event);
    REQUIRE(is<mpi::Error>(lost));
    CHECK(contains(text_of(lost), "MPI_Irecv of at most 1 element from rank 0, tag 5 failed"));
    CHECK(event.status() == EventStatus::failed);
    CHECK(!juggle::EventTraits<mpi::Event>::wait_on_host(std::span{&event, 1}));
    CHECK(memory.use_count() == 2);
    faults.configure("");
    send(7);  // MPI has it still
    int other = 0;
    const mpi::Event next = receive(other);
    send(8);
    co_await next;
    CHECK(*memory == 7);
    CHECK(other == 8);
    CHECK(memory.use_count() == 2);
}

MPI_TEST_CASE("mpi faults: a request of which MPI says nothing two times is asked again") {
    const Faults faults{
        "MPI_Testsome=refuse:MPI_ERR_INTERN; MPI_Request_get_status#1=15;"
        "MPI_Request_get_status#2=15"};
    int number = 0;
    const mpi::Event event = receive(number);
    CHECK(event.status() == EventStatus::pending);
    CHECK(event.status() == EventStatus::pending);
    send(3);
    co_await event;
    CHECK(number == 3);
    CHECK(faults.injected() >= 2);
}

MPI_TEST_CASE("mpi faults: a request that has failed is no longer in use, however that is told") {
    const Faults faults;
    for (const char* const rules : {"MPI_Wait=MPI_ERR_INTERN", "MPI_Wait#1=refuse:MPI_ERR_INTERN",
                                    "MPI_Testsome=MPI_ERR_INTERN"}) {
        INFO(rules);
        const bool in_a_pass = contains(rules, "Testsome");
        auto memory = std::make_shared<int>(0);
        const std::weak_ptr<int> watched = memory;
        const mpi::Event event = receive(*memory);
        event.keep(std::move(memory));
        faults.configure(rules);
        send(1);
        if (in_a_pass) {
            while (!watched.expired()) {
                co_await juggle::yield();
            }
        }
        CHECK(event.status() == EventStatus::failed);
        CHECK(watched.expired());
        CHECK_THROWS_AS((void)event.message(), mpi::Error);
        CHECK(juggle::EventTraits<mpi::Event>::wait_on_host(std::span{&event, 1}));
        faults.configure("");
    }
}

MPI_TEST_CASE("mpi faults: a persistent request that has failed can be started again") {
    const Faults faults;
    int number = 0;
    mpi::Persistent receiving{MPI_Recv_init, &number, 1, MPI_INT, 0, 5, MPI_COMM_SELF};
    for (const char* const rules : {"MPI_Wait#1=MPI_ERR_INTERN", "MPI_Wait#1=refuse:MPI_ERR_INTERN",
                                    "MPI_Start#1=MPI_ERR_INTERN"}) {
        INFO(rules);
        faults.configure(rules);
        const auto failed = co_await exception_of([](mpi::Persistent& again) -> juggle::Task<> {
            const mpi::Event event = again.start();
            send(1);
            co_await event;
        }(receiving));
        CHECK(is<mpi::Error>(failed));
        CHECK(contains(text_of(failed), "MPI_Recv_init of at most 1 element from rank 0, tag 5"));
        faults.configure("");
        const mpi::Event again = receiving.start();
        send(2);
        co_await again;
        CHECK(number == 2);
    }
}

MPI_TEST_CASE("mpi faults: a send that fails while it is started is an event that has failed") {
    const Faults faults{"MPI_Wait#1=MPI_ERR_INTERN"};
    const int sent = 4;
    int number = 0;
    const mpi::Event received = receive(number);
    const mpi::Event sending = mpi::start(MPI_Isend, &sent, 1, MPI_INT, 0, 5, MPI_COMM_SELF);
    co_await received;
    CHECK(number == 4);
    const auto failed = co_await exception_of(sending);
    CHECK(faults.injected() == 1);
    CHECK(is<mpi::Error>(failed));
    CHECK(contains(text_of(failed), "MPI_Isend of 1 element to rank 0, tag 5 failed"));
}
