// Messages between two ranks, beside the same by MPI's blocking calls: mpiexec -n 2.

#include "../measure.hpp"

#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <ostream>
#include <vector>

namespace {

namespace mpi = juggle::mpi;
using juggle::Executor;
using juggle::Task;
using measure::Samples;

using namespace std::chrono_literals;

int rank = 0;

[[nodiscard]] int other() { return 1 - rank; }

/// What is sent and received.
struct Memory {
    explicit Memory(std::size_t size) : out(size, 'x'), in(size) {}
    [[nodiscard]] int size() const { return static_cast<int>(out.size()); }
    std::vector<char> out;
    std::vector<char> in;
};

[[nodiscard]] mpi::Event receive(Memory& memory) {
    return mpi::start(MPI_Irecv, memory.in.data(), memory.size(), MPI_BYTE, other(), 7,
                      MPI_COMM_WORLD);
}
[[nodiscard]] mpi::Event send(Memory& memory) {
    return mpi::start(MPI_Isend, memory.out.data(), memory.size(), MPI_BYTE, other(), 7,
                      MPI_COMM_WORLD);
}

/// Both ranks send and receive at once.
Task<> exchange(Memory& memory, int rounds) {
    for (int round = 0; round < rounds; ++round) {
        const mpi::Event came = receive(memory);
        const mpi::Event went = send(memory);
        co_await came;
        co_await went;
    }
}
void exchange_blocking(Memory& memory, int rounds) {
    for (int round = 0; round < rounds; ++round) {
        MPI_Sendrecv(memory.out.data(), memory.size(), MPI_BYTE, other(), 7, memory.in.data(),
                     memory.size(), MPI_BYTE, other(), 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
}

/// There and back.
Task<> ping_pong(Memory& memory, int rounds) {
    for (int round = 0; round < rounds; ++round) {
        const mpi::Event came = receive(memory);
        if (rank == 1) {
            co_await came;
        }
        co_await send(memory);
        if (rank == 0) {
            co_await came;
        }
    }
}
void ping_pong_blocking(Memory& memory, int rounds) {
    const auto receive_one = [&memory] {
        MPI_Recv(memory.in.data(), memory.size(), MPI_BYTE, other(), 7, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    };
    for (int round = 0; round < rounds; ++round) {
        if (rank == 1) {
            receive_one();
        }
        MPI_Send(memory.out.data(), memory.size(), MPI_BYTE, other(), 7, MPI_COMM_WORLD);
        if (rank == 0) {
            receive_one();
        }
    }
}

/// Both ways in turns; a barrier before each, so that both ranks begin together.
template <Task<> (*juggled)(Memory&, int), void (*blocking)(Memory&, int)>
void compare(benchmark::State& state, std::size_t size) {
    Memory memory{size};
    const int rounds = size < 1'000 ? 5'000 : size < 1'000'000 ? 300 : 10;
    Executor executor;
    executor.run(juggled(memory, 100));  // warm
    Samples samples{state};
    for (auto _ : state) {
        MPI_Barrier(MPI_COMM_WORLD);
        auto start = Samples::Clock::now();
        executor.run(juggled(memory, rounds));
        samples.add_since(start, rounds);
        MPI_Barrier(MPI_COMM_WORLD);
        start = Samples::Clock::now();
        blocking(memory, rounds);
        samples.add_reference_since(start, rounds);
    }
}

void exchange_of(benchmark::State& state) {
    compare<&exchange, &exchange_blocking>(state, static_cast<std::size_t>(state.range(0)));
}
void ping_pong_of(benchmark::State& state) {
    compare<&ping_pong, &ping_pong_blocking>(state, static_cast<std::size_t>(state.range(0)));
}

/// The blocking calls with as many receives outstanding, which MPI looks at for each message, too.
void exchange_beside(benchmark::State& state) {
    constexpr int rounds = 2'000;
    Memory memory{8};
    std::vector<int> numbers(static_cast<std::size_t>(state.range(0)));
    MPI_Comm apart = MPI_COMM_NULL;
    MPI_Comm_dup(MPI_COMM_WORLD, &apart);
    {
        Executor executor;
        std::vector<mpi::Event> outstanding;
        for (int& number : numbers) {
            outstanding.push_back(mpi::start(MPI_Irecv, &number, 1, MPI_INT, other(), 1, apart));
        }
        executor.run(exchange(memory, 100));
        Samples samples{state};
        for (auto _ : state) {
            MPI_Barrier(MPI_COMM_WORLD);
            auto start = Samples::Clock::now();
            executor.run(exchange(memory, rounds));
            samples.add_since(start, rounds);
            MPI_Barrier(MPI_COMM_WORLD);
            start = Samples::Clock::now();
            exchange_blocking(memory, rounds);
            samples.add_reference_since(start, rounds);
        }
        for (const int& number : numbers) {
            MPI_Send(&number, 1, MPI_INT, other(), 1, apart);
        }
        executor.run([](const std::vector<mpi::Event>& events) -> Task<> {
            for (const mpi::Event& event : events) {
                co_await event;
            }
        }(outstanding));
    }
    MPI_Comm_free(&apart);
}

[[nodiscard]] double seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Rank 0 sends the time every five milliseconds, which is the same for both: they are one machine.
Task<> now_and_then(benchmark::State& state, std::vector<double>& latencies) {
    double sent = 0;
    for (auto _ : state) {
        if (rank == 0) {
            co_await juggle::sleep_for(5ms);
            sent = seconds(CLOCK_MONOTONIC);
            co_await mpi::start(MPI_Isend, &sent, 1, MPI_DOUBLE, 1, 5, MPI_COMM_WORLD);
            co_await mpi::start(MPI_Irecv, &sent, 1, MPI_DOUBLE, 1, 6, MPI_COMM_WORLD);
            latencies.push_back(sent);
        } else {
            co_await mpi::start(MPI_Irecv, &sent, 1, MPI_DOUBLE, 0, 5, MPI_COMM_WORLD);
            sent = seconds(CLOCK_MONOTONIC) - sent;
            co_await mpi::start(MPI_Isend, &sent, 1, MPI_DOUBLE, 0, 6, MPI_COMM_WORLD);
        }
    }
}

/// `p50_us`: from the call of MPI_Isend to the task that awaits the message. `cpu_percent`: of the
/// rank that waits.
void idle(benchmark::State& state) {
    Executor executor;
    std::vector<double> latencies;
    MPI_Barrier(MPI_COMM_WORLD);
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    const double began = seconds(CLOCK_MONOTONIC);
    executor.run(now_and_then(state, latencies));
    double percent =
        100 * (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (seconds(CLOCK_MONOTONIC) - began);
    MPI_Bcast(&percent, 1, MPI_DOUBLE, 1, MPI_COMM_WORLD);
    state.counters["cpu_percent"] = percent;
    if (!latencies.empty()) {
        std::ranges::sort(latencies);
        state.counters["p50_us"] = 1e6 * latencies[latencies.size() / 2];
    }
}

/// One rank prints; both need the same number of iterations.
BENCHMARK(exchange_of)
    ->Name("mpi/exchange")
    ->Arg(8)
    ->Arg(65'536)
    ->Arg(4'194'304)
    ->Iterations(21)
    ->UseManualTime();
BENCHMARK(ping_pong_of)
    ->Name("mpi/ping_pong")
    ->Arg(8)
    ->Arg(65'536)
    ->Arg(4'194'304)
    ->Iterations(21)
    ->UseManualTime();
BENCHMARK(exchange_beside)
    ->Name("mpi/exchange_beside")
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1'000)
    ->Iterations(21)
    ->UseManualTime();
BENCHMARK(idle)->Name("mpi/message_each_5_ms")->Iterations(600)->UseRealTime();

class Silent final : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context& /*context*/) override { return true; }
    void ReportRuns(const std::vector<Run>& /*runs*/) override {}
};

}  // namespace

int main(int argc, char* argv[]) {
    int level = MPI_THREAD_SINGLE;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
    int ranks = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (ranks != 2) {
        std::fprintf(stderr, "juggle_mpi_benchmarks: needs two ranks: mpiexec -n 2\n");
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    benchmark::Initialize(&argc, argv);
    Silent silent;
    if (rank == 0) {
        benchmark::RunSpecifiedBenchmarks();
    } else {
        benchmark::RunSpecifiedBenchmarks(&silent);
    }
    MPI_Finalize();
}
