#pragma once

#include <juggle/config.hpp>
#include <juggle/mpi/detail/mpi.hpp>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace juggle::inline JUGGLE_ABI::mpi::detail {

using AnyFunction = void (*)();

/// A nonblocking call, in words for reports: nothing in it has to outlive the call.
struct Call {
    static constexpr int nobody = -0x4000'0000;  // no rank, no wildcard, no MPI_PROC_NULL

    const char* name = nullptr;      // what the user calls it; a literal
    AnyFunction function = nullptr;  // which of MPI's
    long long count = -1;            // elements; -1: it is not known
    int peer = nobody;
    int tag = 0;
    bool receives = false;
    bool has_tag = false;

    /// A message, which MPI may have copied away by the time it returns.
    [[nodiscard]] bool sends() const noexcept { return has_tag && !receives; }
};

struct NamedFunction {
    AnyFunction function;
    const char* name;
};

/// The name of one of MPI's nonblocking functions; null if it is another.
[[nodiscard]] inline const char* function_name(AnyFunction function) noexcept {
#define JUGGLE_MPI_NAMED(name) \
    NamedFunction { reinterpret_cast<AnyFunction>(&name), #name }
    static const std::array names{
        JUGGLE_MPI_NAMED(MPI_Isend),
        JUGGLE_MPI_NAMED(MPI_Ibsend),
        JUGGLE_MPI_NAMED(MPI_Issend),
        JUGGLE_MPI_NAMED(MPI_Irsend),
        JUGGLE_MPI_NAMED(MPI_Irecv),
        JUGGLE_MPI_NAMED(MPI_Imrecv),
        JUGGLE_MPI_NAMED(MPI_Send_init),
        JUGGLE_MPI_NAMED(MPI_Bsend_init),
        JUGGLE_MPI_NAMED(MPI_Ssend_init),
        JUGGLE_MPI_NAMED(MPI_Rsend_init),
        JUGGLE_MPI_NAMED(MPI_Recv_init),
        JUGGLE_MPI_NAMED(MPI_Ibarrier),
        JUGGLE_MPI_NAMED(MPI_Ibcast),
        JUGGLE_MPI_NAMED(MPI_Igather),
        JUGGLE_MPI_NAMED(MPI_Igatherv),
        JUGGLE_MPI_NAMED(MPI_Iscatter),
        JUGGLE_MPI_NAMED(MPI_Iscatterv),
        JUGGLE_MPI_NAMED(MPI_Iallgather),
        JUGGLE_MPI_NAMED(MPI_Iallgatherv),
        JUGGLE_MPI_NAMED(MPI_Ialltoall),
        JUGGLE_MPI_NAMED(MPI_Ialltoallv),
        JUGGLE_MPI_NAMED(MPI_Ialltoallw),
        JUGGLE_MPI_NAMED(MPI_Ireduce),
        JUGGLE_MPI_NAMED(MPI_Iallreduce),
        JUGGLE_MPI_NAMED(MPI_Ireduce_scatter),
        JUGGLE_MPI_NAMED(MPI_Ireduce_scatter_block),
        JUGGLE_MPI_NAMED(MPI_Iscan),
        JUGGLE_MPI_NAMED(MPI_Iexscan),
        JUGGLE_MPI_NAMED(MPI_Ineighbor_allgather),
        JUGGLE_MPI_NAMED(MPI_Ineighbor_allgatherv),
        JUGGLE_MPI_NAMED(MPI_Ineighbor_alltoall),
        JUGGLE_MPI_NAMED(MPI_Ineighbor_alltoallv),
        JUGGLE_MPI_NAMED(MPI_Ineighbor_alltoallw),
        JUGGLE_MPI_NAMED(MPI_Comm_idup),
        JUGGLE_MPI_NAMED(MPI_Rput),
        JUGGLE_MPI_NAMED(MPI_Rget),
        JUGGLE_MPI_NAMED(MPI_Raccumulate),
        JUGGLE_MPI_NAMED(MPI_Rget_accumulate),
        JUGGLE_MPI_NAMED(MPI_File_iread),
        JUGGLE_MPI_NAMED(MPI_File_iread_at),
        JUGGLE_MPI_NAMED(MPI_File_iread_all),
        JUGGLE_MPI_NAMED(MPI_File_iread_at_all),
        JUGGLE_MPI_NAMED(MPI_File_iread_shared),
        JUGGLE_MPI_NAMED(MPI_File_iwrite),
        JUGGLE_MPI_NAMED(MPI_File_iwrite_at),
        JUGGLE_MPI_NAMED(MPI_File_iwrite_all),
        JUGGLE_MPI_NAMED(MPI_File_iwrite_at_all),
        JUGGLE_MPI_NAMED(MPI_File_iwrite_shared),
    };
#undef JUGGLE_MPI_NAMED
    for (const NamedFunction& named : names) {
        if (named.function == function) {
            return named.name;
        }
    }
    return nullptr;
}

using SendFunction = int (*)(const void*, int, MPI_Datatype, int, int, MPI_Comm, MPI_Request*);
using ReceiveFunction = int (*)(void*, int, MPI_Datatype, int, int, MPI_Comm, MPI_Request*);
using PutFunction = int (*)(const void*, int, MPI_Datatype, int, MPI_Aint, int, MPI_Datatype,
                            MPI_Win, MPI_Request*);
using GetFunction = int (*)(void*, int, MPI_Datatype, int, MPI_Aint, int, MPI_Datatype, MPI_Win,
                            MPI_Request*);

/// Of a function of MPI's own and its arguments; of any other nothing is known.
template <class Function, class... Arguments>
[[nodiscard]] Call describe_call(const Function& function, const Arguments&... arguments) {
    using Pointer = std::decay_t<Function>;
    constexpr bool has_tag =
        std::is_same_v<Pointer, SendFunction> || std::is_same_v<Pointer, ReceiveFunction>;
    Call result;
    if constexpr (std::is_pointer_v<Pointer>) {
        result.function = reinterpret_cast<AnyFunction>(static_cast<Pointer>(function));
        result.receives =
            std::is_same_v<Pointer, ReceiveFunction> || std::is_same_v<Pointer, GetFunction>;
    }
    if constexpr (has_tag || std::is_same_v<Pointer, PutFunction> ||
                  std::is_same_v<Pointer, GetFunction>) {
        const auto values = std::tie(arguments...);
        result.count = static_cast<long long>(std::get<1>(values));
        result.peer = static_cast<int>(std::get<3>(values));
        result.has_tag = has_tag;
        result.tag = has_tag ? static_cast<int>(std::get<4>(values)) : 0;
    }
    return result;
}

/// What one of MPI's functions is given for a parameter. `std::invalid_argument` for a number that
/// the parameter cannot hold, such as a size for a count: it would become another one.
template <class Parameter, class Argument>
[[nodiscard]] decltype(auto) to_parameter(Argument&& argument) {
    using Value = std::remove_cvref_t<Argument>;
    if constexpr (std::is_same_v<Value, Parameter>) {
        return std::forward<Argument>(argument);
    } else if constexpr (std::is_integral_v<Parameter> && std::is_integral_v<Value> &&
                         !std::is_same_v<Value, bool>) {
        if (!std::in_range<Parameter>(argument)) {
            throw std::invalid_argument{"juggle: mpi: an argument is " + std::to_string(argument) +
                                        ", which is no " + std::to_string(8 * sizeof(Parameter)) +
                                        "-bit number as MPI takes it"};
        }
        return static_cast<Parameter>(argument);
    } else {
        static_assert(!std::is_floating_point_v<Value> || !std::is_integral_v<Parameter>,
                      "juggle::mpi: MPI wants a whole number here");
        return std::forward<Argument>(argument);
    }
}

template <class... Parameters>
std::tuple<Parameters...> parameters_of(int (*)(Parameters...));

/// Calls `use(arguments...)` with what a function of MPI's takes for these; as they are if the
/// function is an object.
template <class Function, class Use, class... Arguments>
decltype(auto) with_parameters(const Function& function, Use use, Arguments&&... arguments) {
    if constexpr (std::is_pointer_v<std::decay_t<Function>>) {
        using Parameters = decltype(parameters_of(+function));
        return [&]<std::size_t... Index>(std::index_sequence<Index...>) -> decltype(auto) {
            return use(to_parameter<std::tuple_element_t<Index, Parameters>>(
                std::forward<Arguments>(arguments))...);
        }(std::index_sequence_for<Arguments...>{});
    } else {
        return use(std::forward<Arguments>(arguments)...);
    }
}

/// It makes a request that is yet to be started.
[[nodiscard]] inline bool makes_persistent(const Call& call) noexcept {
    if (!call.has_tag) {
        return false;
    }
    const auto is = [&call](auto function) {
        return call.function == reinterpret_cast<AnyFunction>(function);
    };
    return is(&MPI_Recv_init) || is(&MPI_Send_init) || is(&MPI_Bsend_init) || is(&MPI_Ssend_init) ||
           is(&MPI_Rsend_init);
}

/// Its name without what is particular to this one.
[[nodiscard]] inline const char* call_name(const Call& call) noexcept {
    const char* const name = call.name != nullptr ? call.name : function_name(call.function);
    return name != nullptr ? name : "an MPI request";
}

/// "MPI_Irecv of at most 4 elements from rank 1, tag 7"
[[nodiscard]] inline std::string describe(const Call& call) {
    std::string text{call_name(call)};
    if (call.count >= 0) {
        text += (call.receives && call.has_tag ? " of at most " : " of ") +
                std::to_string(call.count) + (call.count == 1 ? " element" : " elements");
    }
    if (call.peer != Call::nobody) {
        text += call.receives ? " from " : " to ";
        if (call.peer == MPI_ANY_SOURCE) {
            text += "any rank";
        } else if (call.peer == MPI_PROC_NULL) {
            text += "no rank (MPI_PROC_NULL)";
        } else {
            text += "rank " + std::to_string(call.peer);
        }
    }
    if (call.has_tag) {
        text += call.tag == MPI_ANY_TAG ? ", any tag" : ", tag " + std::to_string(call.tag);
    }
    return text;
}

}  // namespace juggle::mpi::detail
