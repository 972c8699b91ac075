// What is used before MPI_Init_thread, on a wrong thread and after MPI_Finalize is refused with
// words, and MPI_Finalize names the requests that are outstanding. A program of its own, since MPI
// is initialised and finalised once.

#include "../mpi_process.hpp"

#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>

#include <array>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace mpi = juggle::mpi;

namespace {

int failures = 0;

void check(bool good, const char* what) {
    if (!good) {
        std::fprintf(stderr, "failed: %s\n", what);
        ++failures;
    }
}

/// That this throws std::logic_error, and with these words.
void check_refused(std::string_view words, const char* what, const std::function<void()>& action) {
    try {
        action();
        std::fprintf(stderr, "failed: %s: nothing was thrown\n", what);
    } catch (const std::logic_error& error) {
        if (std::string_view{error.what()}.find(words) != std::string_view::npos) {
            return;
        }
        std::fprintf(stderr, "failed: %s: '%s'\n", what, error.what());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "failed: %s: '%s'\n", what, error.what());
    }
    ++failures;
}

int number = 0;

void start_barrier() { (void)mpi::start(MPI_Ibarrier, MPI_COMM_WORLD); }

void run(juggle::Task<> task) {
    juggle::Executor executor;
    executor.run(std::move(task));
}

juggle::Task<> start_in_task() { co_await mpi::start(MPI_Ibarrier, MPI_COMM_WORLD); }

juggle::Task<> await(mpi::Event event) { co_await event; }

void check_all_refused(std::string_view words) {
    check_refused(words, "mpi::start", &start_barrier);
    check_refused(words, "mpi::start in a task", [] { run(start_in_task()); });
    check_refused(words, "mpi::Persistent", [] {
        (void)mpi::Persistent{MPI_Recv_init, &number, 1, MPI_INT, 0, 0, MPI_COMM_SELF};
    });
    check_refused(words, "mpi::set_progress_options", [] {
        juggle::Executor executor;
        mpi::set_progress_options(executor, {});
    });
}

void check_on_another_thread() {
    std::thread{[] {
        check_all_refused("this is not the thread that called MPI_Init_thread");
    }}.join();
}

}  // namespace

int main(int argc, char* argv[]) {
    check_all_refused("MPI is not initialised: call MPI_Init_thread first");

    check(support::initialise_mpi(argc, argv) == MPI_THREAD_FUNNELED, "it is MPI_THREAD_FUNNELED");
    check_on_another_thread();  // before and after the first use
    {
        juggle::Executor executor;
        executor.run(start_in_task());
        check_on_another_thread();
    }

    const mpi::Event event = mpi::start(MPI_Irecv, &number, 1, MPI_INT, 0, 7, MPI_COMM_SELF);
    std::thread{[&] {
        check_refused("this is not the thread", "an await", [&] { run(await(event)); });
    }}.join();
    mpi::Persistent again{MPI_Recv_init, &number, 1, MPI_INT, MPI_ANY_SOURCE, 8, MPI_COMM_SELF};
    const mpi::Event started = again.start();
    mpi::Persistent idle{MPI_Recv_init, &number, 1, MPI_INT, MPI_ANY_SOURCE, 9, MPI_COMM_SELF};
    juggle::Executor executor;
    mpi::set_progress_options(executor, {.drain = {}});
    support::check_for_leaks();
    std::fprintf(stderr, "now MPI_Finalize\n");
    MPI_Finalize();
    std::fprintf(stderr, "after MPI_Finalize\n");

    check_all_refused("MPI has been finalised");
    check(event.status() == juggle::EventStatus::pending, "an event stays as it was");
    check_refused("MPI has been finalised", "an await", [&] { executor.run(await(event)); });
    check_refused("MPI has been finalised", "Persistent::start", [&] { (void)idle.start(); });
    check(!juggle::EventTraits<mpi::Event>::wait_on_host(std::array{event}),
          "nobody knows how it has ended");
    std::fprintf(stderr, failures == 0 ? "all as documented\n" : "%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
