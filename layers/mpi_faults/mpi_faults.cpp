// The MPI fault layer: stands between a program and its MPI by the profiling interface, PMPI.
// docs/testing.md.

#include "common/rule_book.hpp"
#include "mpi_faults/calls.hpp"
#include "mpi_faults/mpi.hpp"
#include "mpi_faults/mpi_faults_control.h"
#include "mpi_faults/rules.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <span>
#include <string>

#define JUGGLE_MPI_LAYER_EXPORT extern "C" __attribute__((visibility("default")))

namespace layer {

const char* const name = "juggle-mpi-faults";

}  // namespace layer

namespace layer::mpi {

namespace {

#define NAME(call, object, parameters, arguments) #call,
constexpr auto call_names = std::to_array<const char*>({JUGGLE_MPI_CALLS(NAME)});
#undef NAME

enum class Call : std::size_t {
#define ENUMERATOR(call, object, parameters, arguments) call,
    JUGGLE_MPI_CALLS(ENUMERATOR)
#undef ENUMERATOR
};

class Faults {
public:
    /// Never destroyed: the program may call MPI while it ends.
    static Faults& instance() {
        alignas(Faults) static std::byte storage[sizeof(Faults)];
        static auto* const faults = ::new (storage) Faults;
        return *faults;
    }

    /// A call that starts something, or sets something: counts it. The error it fails with, if any.
    [[nodiscard]] int count(Call call) { return count(call, Action::fail); }

    /// One that completes requests, and has not been made yet: counts it. The error of a refusal.
    [[nodiscard]] int count_completion(Call call) { return count(call, Action::refuse); }

    /// It has completed something. The error that is to be told of that, if any.
    [[nodiscard]] int completed(Call call) {
        int status = MPI_SUCCESS;
        book.visit(static_cast<std::size_t>(call), [&](Rule& rule) {
            if (rule.action != Action::fail || !rule.strikes()) {
                return false;
            }
            status = rule.status;
            return true;
        });
        return status;
    }

    void read_environment() { book.read_rules("JUGGLE_MPI_FAULTS"); }

    /// The rules are for one rank, or for all.
    void choose_rank() {
        int rank = 0;
        PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
        if (book.open_report("JUGGLE_MPI_FAULTS_REPORT",
                             std::string{"."}.append(std::to_string(rank)))) {
            std::atexit([] { instance().book.report_calls(); });
        }
        if (const char* chosen = setting("JUGGLE_MPI_FAULTS_RANK")) {
            const int value = number<int>(chosen).value_or(-1);
            if (value < 0) {
                say((std::string{"JUGGLE_MPI_FAULTS_RANK: '"} + chosen + "' is not a rank")
                        .c_str());
                PMPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
            }
            if (value != rank) {
                book.configure("");
            }
        }
    }

    RuleBook<Rule> book{call_names, &is_about, &parse_rules};

private:
    [[nodiscard]] int count(Call call, Action wanted) {
        int status = MPI_SUCCESS;
        bool dies = false;
        book.count(static_cast<std::size_t>(call), [&](Rule& rule) {
            if ((rule.action != wanted && rule.action != Action::kill) || !rule.strikes()) {
                return false;
            }
            if (rule.action == Action::kill) {
                dies = true;
            } else {
                status = rule.status;
            }
            return true;
        });
        if (dies) {
            (void)std::raise(SIGKILL);
        }
        return status;
    }
};

// Errors reach the error handler of the object that a call is about, as MPI's own do; it gives the
// error back if it returns.

int call_communicators_handler(MPI_Comm communicator, int error) {
    PMPI_Comm_call_errhandler(communicator, error);
    return error;
}
int call_windows_handler(MPI_Win window, int error) {
    PMPI_Win_call_errhandler(window, error);
    return error;
}
int call_files_handler(MPI_File file, int error) {
    PMPI_File_call_errhandler(file, error);
    return error;
}

int raise(int error) { return call_communicators_handler(MPI_COMM_WORLD, error); }

/// Of a function that completes one request: the error is its result.
int complete_one(Call call, int code, bool has_completed) {
    if (code != MPI_SUCCESS || !has_completed) {
        return code;
    }
    const int error = Faults::instance().completed(call);
    return error == MPI_SUCCESS ? MPI_SUCCESS : raise(error);
}

/// Of one that completes several: the error is in the status of the first.
int complete_some(Call call, int code, int count, MPI_Status* statuses) {
    if (count == MPI_UNDEFINED || count <= 0) {
        return code;
    }
    const int error = Faults::instance().completed(call);
    if (error == MPI_SUCCESS) {
        return code;
    }
    if (statuses != MPI_STATUSES_IGNORE) {
        const std::span all{statuses, static_cast<std::size_t>(count)};
        if (code == MPI_SUCCESS) {  // they have not been set then
            for (MPI_Status& status : all) {
                status.MPI_ERROR = MPI_SUCCESS;
            }
        }
        all.front().MPI_ERROR = error;
    }
    return raise(MPI_ERR_IN_STATUS);
}

}  // namespace

}  // namespace layer::mpi

using layer::mpi::Call;
using layer::mpi::Faults;

#define COMM(handle) layer::mpi::call_communicators_handler(handle, error)
#define WIN(handle) layer::mpi::call_windows_handler(handle, error)
#define FILE(handle) layer::mpi::call_files_handler(handle, error)
#define LIST(...) __VA_ARGS__

#define START(call, object, parameters, arguments)                            \
    JUGGLE_MPI_LAYER_EXPORT int call(LIST parameters, MPI_Request* request) { \
        if (const int error = Faults::instance().count(Call::call)) {         \
            *request = MPI_REQUEST_NULL;                                      \
            return object;                                                    \
        }                                                                     \
        return P##call(LIST arguments, request);                              \
    }
JUGGLE_MPI_STARTS(START)

#define OTHER(call, object, parameters, arguments)                    \
    JUGGLE_MPI_LAYER_EXPORT int call parameters {                     \
        if (const int error = Faults::instance().count(Call::call)) { \
            return object;                                            \
        }                                                             \
        return P##call arguments;                                     \
    }
JUGGLE_MPI_OTHERS(OTHER)

#define REFUSE(call)                                                         \
    if (const int error = Faults::instance().count_completion(Call::call)) { \
        return layer::mpi::raise(error);                                     \
    }

JUGGLE_MPI_LAYER_EXPORT int MPI_Test(MPI_Request* request, int* flag, MPI_Status* status) {
    REFUSE(MPI_Test)
    const bool is_one = *request != MPI_REQUEST_NULL;
    *flag = 0;
    const int code = PMPI_Test(request, flag, status);
    return layer::mpi::complete_one(Call::MPI_Test, code, is_one && *flag != 0);
}

JUGGLE_MPI_LAYER_EXPORT int MPI_Wait(MPI_Request* request, MPI_Status* status) {
    REFUSE(MPI_Wait)
    const bool is_one = *request != MPI_REQUEST_NULL;
    const int code = PMPI_Wait(request, status);
    return layer::mpi::complete_one(Call::MPI_Wait, code, is_one);
}

JUGGLE_MPI_LAYER_EXPORT int MPI_Testany(int count, MPI_Request requests[], int* index, int* flag,
                                        MPI_Status* status) {
    REFUSE(MPI_Testany)
    *flag = 0;
    *index = MPI_UNDEFINED;
    const int code = PMPI_Testany(count, requests, index, flag, status);
    return layer::mpi::complete_one(Call::MPI_Testany, code, *flag != 0 && *index != MPI_UNDEFINED);
}

JUGGLE_MPI_LAYER_EXPORT int MPI_Waitany(int count, MPI_Request requests[], int* index,
                                        MPI_Status* status) {
    REFUSE(MPI_Waitany)
    *index = MPI_UNDEFINED;
    const int code = PMPI_Waitany(count, requests, index, status);
    return layer::mpi::complete_one(Call::MPI_Waitany, code, *index != MPI_UNDEFINED);
}

JUGGLE_MPI_LAYER_EXPORT int MPI_Testsome(int count, MPI_Request requests[], int* completed,
                                         int indices[], MPI_Status statuses[]) {
    REFUSE(MPI_Testsome)
    *completed = 0;
    const int code = PMPI_Testsome(count, requests, completed, indices, statuses);
    return layer::mpi::complete_some(Call::MPI_Testsome, code, *completed, statuses);
}

JUGGLE_MPI_LAYER_EXPORT int MPI_Waitsome(int count, MPI_Request requests[], int* completed,
                                         int indices[], MPI_Status statuses[]) {
    REFUSE(MPI_Waitsome)
    *completed = 0;
    const int code = PMPI_Waitsome(count, requests, completed, indices, statuses);
    return layer::mpi::complete_some(Call::MPI_Waitsome, code, *completed, statuses);
}

JUGGLE_MPI_LAYER_EXPORT int MPI_Testall(int count, MPI_Request requests[], int* flag,
                                        MPI_Status statuses[]) {
    REFUSE(MPI_Testall)
    *flag = 0;
    const int code = PMPI_Testall(count, requests, flag, statuses);
    return layer::mpi::complete_some(Call::MPI_Testall, code, *flag != 0 ? count : 0, statuses);
}

JUGGLE_MPI_LAYER_EXPORT int MPI_Waitall(int count, MPI_Request requests[], MPI_Status statuses[]) {
    REFUSE(MPI_Waitall)
    const int code = PMPI_Waitall(count, requests, statuses);
    return layer::mpi::complete_some(Call::MPI_Waitall, code, count, statuses);
}

JUGGLE_MPI_LAYER_EXPORT int MPI_Init(int* argc, char*** argv) {
    Faults::instance().read_environment();
    const int code = PMPI_Init(argc, argv);
    Faults::instance().choose_rank();
    return code;
}

JUGGLE_MPI_LAYER_EXPORT int MPI_Init_thread(int* argc, char*** argv, int required, int* provided) {
    Faults::instance().read_environment();
    const int code = PMPI_Init_thread(argc, argv, required, provided);
    Faults::instance().choose_rank();
    return code;
}

JUGGLE_MPI_LAYER_EXPORT int juggle_mpi_faults_configure(const char* rules, char* message,
                                                        size_t size) {
    return Faults::instance().book.configure(rules, message, size);
}

JUGGLE_MPI_LAYER_EXPORT unsigned long juggle_mpi_faults_calls(const char* pattern) {
    return Faults::instance().book.calls(pattern);
}

JUGGLE_MPI_LAYER_EXPORT unsigned long juggle_mpi_faults_injected() {
    return Faults::instance().book.injected();
}

JUGGLE_MPI_LAYER_EXPORT const char* juggle_mpi_faults_last() {
    return Faults::instance().book.last();
}
