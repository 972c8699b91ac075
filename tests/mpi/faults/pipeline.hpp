#pragma once

#include "../mpi_test.hpp"
#include "support/allocation_counter.hpp"
#include "support/manual_event.hpp"
#include "support/polled_executor.hpp"

#include <juggle/juggle.hpp>
#include <juggle/mpi.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace support {

/// What a rank has started, so that the other can make up for what it has left out itself: then
/// all requests of both complete.
struct Books {
    static constexpr std::size_t tags = 6;

    std::array<int, tags> sends{};
    std::array<int, tags> receives{};
    int collectives = 0;
    int was_cut_short = 0;  // it has ended early: the other one cannot end by itself
    int was_disturbed = 0;  // the moment of a sweep has come
};

/// The two ranks' communicators: for what is tested, and for what must not fail.
class Communicators {
public:
    Communicators() {
        MPI_Comm_dup(MPI_COMM_WORLD, &tested_);
        MPI_Comm_dup(MPI_COMM_WORLD, &control_);
        returns_.emplace(tested_);
    }
    Communicators(const Communicators&) = delete;
    Communicators& operator=(const Communicators&) = delete;
    ~Communicators() {
        returns_.reset();
        MPI_Comm_free(&tested_);
        MPI_Comm_free(&control_);
    }

    [[nodiscard]] MPI_Comm tested() const noexcept { return tested_; }
    [[nodiscard]] int other() const { return 1 - rank(); }

    // These are not calls of MPI_..., so the fault layer does not see them.

    /// This rank has ended early, and the other one is to stop.
    void call_off() const { PMPI_Send(nullptr, 0, MPI_INT, other(), 0, control_); }
    [[nodiscard]] bool is_called_off() const {
        int flag = 0;
        PMPI_Iprobe(other(), 0, control_, &flag, MPI_STATUS_IGNORE);
        return flag != 0;
    }
    void forget_call_off() const {
        PMPI_Recv(nullptr, 0, MPI_INT, other(), 0, control_, MPI_STATUS_IGNORE);
    }
    [[nodiscard]] Books exchange(const Books& mine) const {
        Books theirs;
        PMPI_Sendrecv(&mine, sizeof mine, MPI_BYTE, other(), 1, &theirs, sizeof theirs, MPI_BYTE,
                      other(), 1, control_, MPI_STATUS_IGNORE);
        return theirs;
    }

private:
    MPI_Comm tested_ = MPI_COMM_NULL;
    MPI_Comm control_ = MPI_COMM_NULL;
    juggle::mpi::ErrorsReturn world_{MPI_COMM_WORLD};
    juggle::mpi::ErrorsReturn self_{MPI_COMM_SELF};
    std::optional<juggle::mpi::ErrorsReturn> returns_;
};

/// What both ranks do with each other, in every way in which a request can be made: chunks that
/// resources guard, memory that events keep, persistent requests, collectives.
class Pipeline {
public:
    /// `keeps_all`: memory of resources is kept by its events besides. A resource whose holder has
    /// no memory left to release it with an event does not know of that.
    Pipeline(const Communicators& communicators, bool keeps_all)
        : communicators_{communicators}, keeps_all_{keeps_all} {
        watched_.reserve(16);
    }
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    juggle::Task<> run() {
        co_await juggle::when_all(send_chunks(), receive_chunks(), use_chunks(), exchange_kept(),
                                  exchange_again(), meet());
    }

    Books books;

    /// Memory that requests use which nobody awaits any more.
    [[nodiscard]] bool all_kept_is_there() const {
        return std::ranges::all_of(watched_, [](const Watched& watched) {
            return watched.event.status() != juggle::EventStatus::pending ||
                   !watched.memory.expired();
        });
    }
    /// Memory of what has completed, as far as this rank knows.
    [[nodiscard]] std::vector<std::weak_ptr<const void>> kept() const {
        std::vector<std::weak_ptr<const void>> result;
        for (const Watched& watched : watched_) {
            result.push_back(watched.memory);
        }
        return result;
    }

private:
    static constexpr int length = 4;
    static constexpr int chunks = 3;  // tags 0, 1, 2
    static constexpr int kept_tag = 3;
    static constexpr int again_tag = 4;
    using Numbers = std::vector<int>;
    using Memory = std::shared_ptr<Numbers>;
    using Either = juggle::OneOf<ManualEvent, juggle::mpi::Event>;

    struct Watched {
        std::weak_ptr<const void> memory;
        juggle::mpi::Event event;
    };

    [[nodiscard]] static int number(int of_rank, int tag, int index) {
        return 1000 * of_rank + 10 * tag + index;
    }
    [[nodiscard]] static Memory new_memory() { return std::make_shared<Numbers>(length); }
    static void fill(Numbers& numbers, int tag) {
        for (int index = 0; index < length; ++index) {
            numbers[static_cast<std::size_t>(index)] = number(rank(), tag, index);
        }
    }
    void check(const Numbers& numbers, int tag) const {
        bool all_are_right = true;
        for (int index = 0; index < length; ++index) {
            all_are_right = all_are_right && numbers[static_cast<std::size_t>(index)] ==
                                                 number(communicators_.other(), tag, index);
        }
        if (!all_are_right) {
            throw std::logic_error{"wrong numbers"};
        }
    }

    template <class Function>
    [[nodiscard]] juggle::mpi::Event send(Function function, const Numbers& numbers, int tag) {
        juggle::mpi::Event event =
            juggle::mpi::start(function, numbers.data(), length, MPI_INT, communicators_.other(),
                               tag, communicators_.tested());
        ++books.sends[static_cast<std::size_t>(tag)];
        return event;
    }
    [[nodiscard]] juggle::mpi::Event receive(Numbers& numbers, int tag) {
        juggle::mpi::Event event =
            juggle::mpi::start(MPI_Irecv, numbers.data(), length, MPI_INT, communicators_.other(),
                               tag, communicators_.tested());
        ++books.receives[static_cast<std::size_t>(tag)];
        return event;
    }
    void keep_too(const juggle::mpi::Event& event, const Memory& memory) const {
        if (keeps_all_) {
            event.keep(memory);
        }
    }
    template <class Kept>
    void keep(const juggle::mpi::Event& event, const std::shared_ptr<Kept>& memory) {
        event.keep(memory);
        watched_.push_back({memory, event});
    }

    juggle::Task<> send_chunks() {
        for (int chunk = 0; chunk < chunks; ++chunk) {
            auto filling = out_.acquire();
            auto sending = out_.acquire();
            fill(*co_await filling.wait_events(), chunk);
            const ManualEvent filled;  // a download
            filling.ready(filled);
            filled.complete();
            const Memory& memory = co_await sending.wait_events();
            // A synchronous one completes when the other rank receives it.
            const juggle::mpi::Event sent = send(MPI_Issend, *memory, chunk);
            keep_too(sent, memory);
            sending.ready(sent);
        }
        auto last = out_.acquire();
        co_await last.wait_events();
        last.ready();
    }

    juggle::Task<> receive_chunks() {
        for (int chunk = 0; chunk < chunks; ++chunk) {
            auto ticket = in_.acquire();
            uses_[static_cast<std::size_t>(chunk)] = in_.acquire();
            has_places_.set();
            const Memory& memory = co_await ticket.wait_events();
            const juggle::mpi::Event received = receive(*memory, chunk);
            keep_too(received, memory);
            ticket.ready(received);
            co_await has_been_used_.wait();
            has_been_used_.reset();
        }
    }
    juggle::Task<> use_chunks() {
        for (int chunk = 0; chunk < chunks; ++chunk) {
            co_await has_places_.wait();
            has_places_.reset();
            auto ticket = std::move(uses_[static_cast<std::size_t>(chunk)]);
            check(*co_await ticket.wait_events(), chunk);
            ticket.ready();
            has_been_used_.set();
        }
    }

    juggle::Task<> exchange_kept() {
        const Memory to = new_memory();
        const Memory from = new_memory();
        fill(*to, kept_tag);
        const juggle::mpi::Event received = receive(*from, kept_tag);
        keep(received, from);
        const juggle::mpi::Event sent = send(MPI_Isend, *to, kept_tag);
        keep(sent, to);
        co_await sent;
        const juggle::mpi::Status status = co_await received;
        if (status.count(MPI_INT) != length) {
            throw std::logic_error{"wrong count"};
        }
        check(*from, kept_tag);
    }

    juggle::Task<> exchange_again() {
        const Memory to = new_memory();
        const Memory from = new_memory();
        juggle::mpi::Persistent sends{
            MPI_Send_init,          to->data(), length, MPI_INT, communicators_.other(), again_tag,
            communicators_.tested()};
        juggle::mpi::Persistent receives{
            MPI_Recv_init, from->data(),           length, MPI_INT, communicators_.other(),
            again_tag,     communicators_.tested()};
        for (int round = 0; round < 2; ++round) {
            fill(*to, again_tag);
            const juggle::mpi::Event received = receives.start();
            ++books.receives[again_tag];
            keep(received, from);
            const juggle::mpi::Event sent = sends.start();
            ++books.sends[again_tag];
            keep(sent, to);
            co_await received;
            co_await sent;
            check(*from, again_tag);
        }
    }

    struct Meeting {
        std::array<int, 2> to{1, 2};
        std::array<int, 2> from{};
    };
    juggle::Task<> meet() {
        for (int which = 0; which < 3; ++which) {
            const auto meeting = std::make_shared<Meeting>();
            const juggle::mpi::Event event =
                juggle::mpi::start(collective_name(which), [&](MPI_Request* request) {
                    return start_collective(which, *meeting, request);
                });
            ++books.collectives;
            keep(event, meeting);
            co_await event;
        }
    }
    [[nodiscard]] static const char* collective_name(int which) {
        constexpr std::array names{"MPI_Iallreduce", "MPI_Ialltoall", "MPI_Ibarrier"};
        return names[static_cast<std::size_t>(which)];
    }
    [[nodiscard]] int start_collective(int which, Meeting& meeting, MPI_Request* request) const {
        const MPI_Comm all = communicators_.tested();
        switch (which) {
            case 0:
                return MPI_Iallreduce(meeting.to.data(), meeting.from.data(), 2, MPI_INT, MPI_SUM,
                                      all, request);
            case 1:
                return MPI_Ialltoall(meeting.to.data(), 1, MPI_INT, meeting.from.data(), 1, MPI_INT,
                                     all, request);
            default:
                return MPI_Ibarrier(all, request);
        }
    }

    friend class Debts;

    const Communicators& communicators_;
    bool keeps_all_;
    juggle::Resource<Memory, Either> out_{"out", new_memory()};
    juggle::mpi::Resource<Memory> in_{"in", new_memory()};
    std::array<juggle::mpi::ResourceAllocation<Memory>, chunks> uses_;
    juggle::AsyncEvent has_places_;
    juggle::AsyncEvent has_been_used_;
    std::vector<Watched> watched_;
};

/// What this rank owes the other one: started when made, over when it is destroyed.
class Debts {
public:
    Debts(const Communicators& communicators, const Books& mine, const Books& theirs) {
        requests_.reserve(32);
        for (std::size_t tag = 0; tag < Books::tags; ++tag) {
            for (int count = mine.sends[tag]; count < theirs.receives[tag]; ++count) {
                PMPI_Isend(scrap_.data(), Pipeline::length, MPI_INT, communicators.other(),
                           static_cast<int>(tag), communicators.tested(), next());
            }
            for (int count = mine.receives[tag]; count < theirs.sends[tag]; ++count) {
                PMPI_Irecv(scrap_.data() + Pipeline::length, Pipeline::length, MPI_INT,
                           communicators.other(), static_cast<int>(tag), communicators.tested(),
                           next());
            }
        }
        const MPI_Comm all = communicators.tested();
        for (int which = mine.collectives; which < theirs.collectives; ++which) {
            switch (which) {
                case 0:
                    PMPI_Iallreduce(to_.data(), from_.data(), 2, MPI_INT, MPI_SUM, all, next());
                    break;
                case 1:
                    PMPI_Ialltoall(to_.data(), 1, MPI_INT, from_.data(), 1, MPI_INT, all, next());
                    break;
                default:
                    PMPI_Ibarrier(all, next());
            }
        }
    }
    Debts(const Debts&) = delete;
    Debts& operator=(const Debts&) = delete;
    ~Debts() {
        PMPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
    }

private:
    [[nodiscard]] MPI_Request* next() { return &requests_.emplace_back(MPI_REQUEST_NULL); }

    std::vector<MPI_Request> requests_;
    std::array<int, 2 * static_cast<std::size_t>(Pipeline::length)> scrap_{};
    std::array<int, 2> to_{};
    std::array<int, 2> from_{};
};

/// How a run of the pipeline on this rank has ended.
struct Outcome {
    std::exception_ptr exception;
    std::vector<std::exception_ptr> others;  // that came after it, and were reported
    Books mine;
    Books theirs;
    int steps = 0;
    bool nothing_is_lost = false;  // the memory that requests used is gone
};

namespace detail {

inline juggle::Task<> run_for_outcome(Pipeline& pipeline, std::exception_ptr& exception,
                                      bool& is_complete) {
    try {
        co_await pipeline.run();
        is_complete = true;
    } catch (...) {
        exception = std::current_exception();
    }
}

}  // namespace detail

/// Runs the pipeline on both ranks, one resumption after the other. `before_step(victim, steps)` is
/// called before each, and `was_disturbed()` says at the end whether the moment of the sweep has
/// come on this rank. Memory may run out for the pipeline alone.
///
/// Whatever happens: both ranks end, all requests complete, what they use stays until then, and
/// nothing is left.
template <class BeforeStep, class WasDisturbed>
Outcome run_pipeline(const Communicators& communicators, BeforeStep before_step,
                     WasDisturbed was_disturbed, bool keeps_all = false) {
    std::optional<SafeAllocations> safe{std::in_place};
    Outcome outcome;
    std::vector<std::weak_ptr<const void>> kept;
    bool kept_memory_is_there = true;
    {
        PolledExecutor polled;
        polled.reports.unhandled.reserve(16);
        std::optional<Pipeline> pipeline{std::in_place, communicators, keeps_all};
        juggle::JoinHandle<> victim;
        bool is_complete = false;  // not if it was stopped before it began, either
        safe.reset();
        try {
            victim = polled.executor.spawn(
                detail::run_for_outcome(*pipeline, outcome.exception, is_complete));
        } catch (const std::bad_alloc&) {
            outcome.exception = std::current_exception();
        }
        bool is_called_off = false;
        while (polled.executor.running_tasks() != 0) {
            {
                const SafeAllocations at_test;
                before_step(victim, outcome.steps);
                if (!is_called_off && communicators.is_called_off()) {
                    is_called_off = true;
                    victim.request_stop();
                }
                const auto deadline = polled.executor.next_deadline();
                if (!deadline) {
                    FAIL("nothing could come any more");
                }
                if (*deadline > polled.clock.now()) {
                    polled.clock.advance(*deadline - polled.clock.now());
                }
            }
            if (polled.executor.poll(1) != 0) {
                ++outcome.steps;
            } else {
                std::this_thread::yield();  // it is the other rank's turn
            }
        }
        std::optional<Debts> debts;
        {
            const SafeAllocations at_test;
            outcome.mine = pipeline->books;
            outcome.mine.was_cut_short = is_complete ? 0 : 1;
            outcome.mine.was_disturbed = was_disturbed() ? 1 : 0;
            if (!is_complete) {
                communicators.call_off();
            }
            outcome.theirs = communicators.exchange(outcome.mine);
            if (outcome.theirs.was_cut_short != 0) {
                communicators.forget_call_off();
            }
            kept_memory_is_there = pipeline->all_kept_is_there();
            kept = pipeline->kept();
            debts.emplace(communicators, outcome.mine, outcome.theirs);
        }
        pipeline.reset();  // its resources wait for their messages
        safe.emplace();
        for (const std::string& line : polled.reports.diagnostics) {
            FAIL_CHECK(line);
        }
        for (const juggle::UnhandledException& unhandled : polled.reports.unhandled) {
            outcome.others.push_back(unhandled.exception);
        }
    }
    CHECK(kept_memory_is_there);
    const std::size_t outstanding = juggle::mpi::detail::RequestTable::instance().size();
    CHECK(outstanding == 0);
    outcome.nothing_is_lost =
        std::ranges::all_of(kept, [](const auto& memory) { return memory.expired(); });
    return outcome;
}

/// What a failure has led to is looked through: the one that was first.
[[nodiscard]] inline std::exception_ptr root_of(const std::exception_ptr& exception) {
    try {
        if (exception) {
            std::rethrow_exception(exception);
        }
    } catch (const juggle::ResourcePoisoned& poisoned) {
        return poisoned.cause() ? root_of(poisoned.cause()) : exception;
    } catch (...) {
        return exception;
    }
    return exception;
}

}  // namespace support
