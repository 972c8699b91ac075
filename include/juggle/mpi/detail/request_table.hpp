#pragma once

#include <juggle/bridge/report.hpp>
#include <juggle/mpi/detail/call.hpp>
#include <juggle/mpi/detail/mpi.hpp>
#include <juggle/mpi/detail/request.hpp>
#include <juggle/mpi/error.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace juggle::inline JUGGLE_ABI::mpi::detail {

/// All requests of this process that are outstanding. One for the process, as MPI is; for the one
/// thread that calls MPI.
class RequestTable {
public:
    /// A pass over more than this looks at a part of them: at the newest, or now and then at some
    /// of the others in turn. MPICH takes some 10 ns for each that it looks at.
    static constexpr std::size_t newest = 8;

    /// `std::logic_error` with the function's name if MPI is not there: not initialised yet,
    /// finalised, or another thread's.
    [[nodiscard]] static RequestTable& get(const char* function) {
        RequestTable& table = instance();
        if (!table.usable_ || (table.is_bound_ && table.thread_ != std::this_thread::get_id()))
            [[unlikely]] {
            table.check_mpi(function);
        }
        return table;
    }
    /// Whether or not MPI is there: to look at requests that have been.
    [[nodiscard]] static RequestTable& instance() {
        static RequestTable& table = *new RequestTable;  // outlives every global that has an event
        return table;
    }

    RequestTable(const RequestTable&) = delete;
    RequestTable& operator=(const RequestTable&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool finalised() const noexcept { return finalised_; }

    /// A record for a call that is to be made, with one reference, and room for it in the table:
    /// nothing can fail after the call. `std::bad_alloc`.
    [[nodiscard]] Request& prepare(const Call& call);

    /// Its call was made, and gave this handle.
    void add(Request& request, MPI_Request handle) noexcept;

    /// Whether its call, which was made and gave this handle, is over already: it is not added
    /// then.
    [[nodiscard]] bool has_completed(Request& request, MPI_Request& handle) noexcept;

    void retain(Request& request) noexcept { ++request.references; }
    void release(Request& request) noexcept {
        if (--request.references == 0) {
            request.next = std::exchange(free_, &request);
        }
    }

    void listen(Request& request, RequestListener& listener) noexcept {
        listener.next = std::exchange(request.first_listener, &listener);
    }
    void forget(Request& request, RequestListener& listener) noexcept;

    /// Looks at all of them, or at a part that is as large however many there are; lets those that
    /// have completed settle. How many have.
    std::size_t test(bool all) noexcept;

    /// Looks at this one, which is outstanding.
    void test_one(Request& request) noexcept;

    /// The executor is gone.
    void forget(const RequestOwner& owner) noexcept {
        for (std::size_t at = 0; at < size_; ++at) {
            if (requests_[at]->owner == &owner) {
                requests_[at]->owner = nullptr;
            }
        }
    }

    /// "MPI_Irecv of at most 4 elements from rank 1, tag 7; ..." `std::bad_alloc`.
    [[nodiscard]] std::string describe_outstanding() const;

private:
    RequestTable() = default;

    void check_mpi(const char* function);
    static int look(MPI_Request& handle, bool& completed, MPI_Status& message) noexcept;
    static bool has_ended(MPI_Request& handle) noexcept;
    static int world_ends(MPI_Comm communicator, int key, void* value, void* extra);
    std::size_t test_from(std::size_t first, std::size_t count) noexcept;
    std::size_t test_one_by_one(std::size_t first, std::size_t count) noexcept;
    void refused(Request& request, int error) noexcept;
    void settle(Request& request, int error, const MPI_Status& message) noexcept {
        end(request, error, message);
        announce(request);
    }
    void end(Request& request, int error, const MPI_Status& message) noexcept;
    void announce(Request& request) noexcept;
    void remove(Request& request) noexcept;

    bool usable_ = false;
    bool is_bound_ = false;     // MPI may be called by one thread alone:
    std::thread::id thread_{};  // this one
    bool finalised_ = false;
    unsigned passes_ = 0;
    std::size_t next_ = 0;  // where a part of the older ones begins
    std::size_t size_ = 0;
    // As MPI wants them; what stands at one place belongs together. Of all these vectors the size
    // is how many there is room for.
    std::vector<MPI_Request> handles_;
    std::vector<Request*> requests_;
    // What a pass gives.
    std::vector<int> indices_;
    std::vector<MPI_Status> messages_;
    Request* free_ = nullptr;
    Request* lost_ = nullptr;  // what MPI may use for ever, and the memory of it
};

inline void RequestTable::check_mpi(const char* function) {
    const auto fail = [function](const char* why) {
        throw std::logic_error{std::string{"juggle: "} + function + ": " + why};
    };
    int is_initialised = 0;
    int is_finalised = 0;
    int level = MPI_THREAD_SINGLE;
    int is_main = 0;
    check_call(MPI_Initialized(&is_initialised), "MPI_Initialized");
    if (is_initialised == 0) {
        fail("MPI is not initialised: call MPI_Init_thread first");
    }
    check_call(MPI_Finalized(&is_finalised), "MPI_Finalized");
    if (is_finalised != 0) {
        fail("MPI has been finalised");
    }
    check_call(MPI_Query_thread(&level), "MPI_Query_thread");
    check_call(MPI_Is_thread_main(&is_main), "MPI_Is_thread_main");
    if (level < MPI_THREAD_SERIALIZED && is_main == 0) {
        fail(
            "this is not the thread that called MPI_Init_thread, and MPI_THREAD_SERIALIZED was "
            "not provided");
    }
    if (usable_) {
        return;
    }
    // What is an attribute of MPI_COMM_SELF is told of MPI_Finalize, before anything else of it.
    int key = MPI_KEYVAL_INVALID;
    check_call(
        MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, &RequestTable::world_ends, &key, nullptr),
        "MPI_Comm_create_keyval");
    const int code = MPI_Comm_set_attr(MPI_COMM_SELF, key, this);
    MPI_Comm_free_keyval(&key);  // the attribute keeps it
    check_call(code, "MPI_Comm_set_attr");
    is_bound_ = level < MPI_THREAD_SERIALIZED;
    thread_ = std::this_thread::get_id();
    usable_ = true;
}

inline int RequestTable::world_ends(MPI_Comm /*communicator*/, int /*key*/, void* value,
                                    void* /*extra*/) {
    RequestTable& table = *static_cast<RequestTable*>(value);
    table.test(true);  // some may have completed since
    if (table.size() != 0) {
        try {
            bridge::report("juggle: mpi: MPI_Finalize is called with " +
                           std::to_string(table.size()) +
                           (table.size() == 1 ? " request" : " requests") +
                           " outstanding: " + table.describe_outstanding());
        } catch (const std::bad_alloc&) {
            bridge::report("juggle: mpi: MPI_Finalize is called with requests outstanding");
        }
    }
    table.usable_ = false;
    table.finalised_ = true;
    return MPI_SUCCESS;
}

inline std::string RequestTable::describe_outstanding() const {
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t index = 0; index < (std::min)(most, size_); ++index) {
        text += (index == 0 ? "" : "; ") + describe(requests_[index]->call);
    }
    if (size_ > most) {
        text += "; and " + std::to_string(size_ - most) + " more";
    }
    return text;
}

inline Request& RequestTable::prepare(const Call& call) {
    if (size_ == requests_.size()) [[unlikely]] {
        const std::size_t room = (std::max<std::size_t>)(64, 2 * size_);
        indices_.resize(room);
        messages_.resize(room);
        handles_.resize(room, MPI_REQUEST_NULL);
        requests_.resize(room);  // the last: that it has room says that all have
    }
    if (free_ == nullptr) [[unlikely]] {
        free_ = new Request;
    }
    Request& request = *std::exchange(free_, free_->next);
    request.status = EventStatus::complete;
    request.orphaned = false;
    request.lost = false;
    request.refusals = 0;
    request.error = MPI_SUCCESS;
    request.references = 1;
    request.call = call;
    request.message.MPI_SOURCE = MPI_ANY_SOURCE;
    request.message.MPI_TAG = MPI_ANY_TAG;
    request.message.MPI_ERROR = MPI_SUCCESS;
    request.owner = nullptr;
    return request;
}

inline void RequestTable::add(Request& request, MPI_Request handle) noexcept {
    request.status = EventStatus::pending;
    request.place = size_;
    handles_[size_] = handle;
    requests_[size_] = &request;
    ++size_;
    retain(request);
}

inline void RequestTable::forget(Request& request, RequestListener& listener) noexcept {
    for (RequestListener** at = &request.first_listener; *at != nullptr; at = &(*at)->next) {
        if (*at == &listener) {
            *at = listener.next;
            return;
        }
    }
}

inline std::size_t RequestTable::test(bool all) noexcept {
    const std::size_t count = size_;
    if (count == 0 || finalised_) {
        return 0;
    }
    if (all || count <= newest) {
        return test_from(0, count);
    }
    constexpr unsigned passes_at_newest = 3;
    if (++passes_ % (passes_at_newest + 1) != 0) {
        return test_from(count - newest, newest);
    }
    const std::size_t others = count - newest;
    const std::size_t first = next_ < others ? next_ : 0;
    const std::size_t part = (std::min)(4 * newest, others - first);
    next_ = first + part;
    return test_from(first, part);
}

inline std::size_t RequestTable::test_from(std::size_t first, std::size_t count) noexcept {
    int completed = 0;
    const int code = MPI_Testsome(static_cast<int>(count), handles_.data() + first, &completed,
                                  indices_.data(), messages_.data());
    if (code != MPI_SUCCESS && code != MPI_ERR_IN_STATUS &&
        error_class_of(code) != MPI_ERR_IN_STATUS) [[unlikely]] {
        return test_one_by_one(first, count);
    }
    if (completed == MPI_UNDEFINED) [[unlikely]] {  // none is active: MPI has refused to say that
        return test_one_by_one(first, count);
    }
    if (completed <= 0) {
        return 0;
    }
    // The last first, since the last of all takes the place of one that goes.
    const auto settled = static_cast<std::size_t>(completed);
    for (std::size_t order = 1; order < settled; ++order) {  // they come in order, as a rule
        for (std::size_t at = order; at > 0 && indices_[at] < indices_[at - 1]; --at) {
            std::swap(indices_[at], indices_[at - 1]);
            std::swap(messages_[at], messages_[at - 1]);
        }
    }
    // All are taken out before anybody is told: who is may look at others, and at the table.
    Request* ended = nullptr;
    for (std::size_t at = settled; at-- > 0;) {
        Request& request = *requests_[first + static_cast<std::size_t>(indices_[at])];
        const MPI_Status& message = messages_[at];
        end(request, code == MPI_SUCCESS ? MPI_SUCCESS : message.MPI_ERROR, message);
        request.next = std::exchange(ended, &request);
    }
    while (ended != nullptr) {
        announce(*std::exchange(ended, ended->next));
    }
    return settled;
}

/// MPI says that something is wrong with one of them, and not with which.
inline std::size_t RequestTable::test_one_by_one(std::size_t first, std::size_t count) noexcept {
    std::size_t settled = 0;
    for (std::size_t at = first + count; at-- > first;) {
        if (at < size_) {
            Request& request = *requests_[at];
            test_one(request);
            settled += request.status == EventStatus::pending ? 0U : 1U;
        }
    }
    return settled;
}

inline bool RequestTable::has_completed(Request& request, MPI_Request& handle) noexcept {
    bool completed = false;
    MPI_Status message{};
    const int code = look(handle, completed, message);
    if (completed) {
        request.message = message;
        request.error = code;
        request.status = code == MPI_SUCCESS ? EventStatus::complete : EventStatus::failed;
    }
    return completed;
}

/// As MPI_Test, which MPICH takes three times as long for if the request has completed. If
/// `completed`, it is over, with or without an error.
inline int RequestTable::look(MPI_Request& handle, bool& completed, MPI_Status& message) noexcept {
    int flag = 0;
    int code = MPI_Request_get_status(handle, &flag, &message);
    if (code != MPI_SUCCESS || flag == 0) {
        return code;
    }
    completed = true;
    code = MPI_Wait(&handle, MPI_STATUS_IGNORE);  // MPICH 5 has told the status of a persistent one
    if (code != MPI_SUCCESS) [[unlikely]] {
        (void)has_ended(handle);
    }
    return code;
}

/// Of a request whose completion MPI has given an error for. A persistent one is still there then,
/// and active if the call was refused: it would be an error to start it again.
inline bool RequestTable::has_ended(MPI_Request& handle) noexcept {
    int flag = 0;
    if (handle != MPI_REQUEST_NULL) {
        if (MPI_Request_get_status(handle, &flag, MPI_STATUS_IGNORE) != MPI_SUCCESS || flag == 0) {
            return false;
        }
        MPI_Wait(&handle, MPI_STATUS_IGNORE);
    }
    return true;
}

inline void RequestTable::test_one(Request& request) noexcept {
    if (finalised_) {
        return;
    }
    bool completed = false;
    MPI_Status message{};
    const int code = look(handles_[request.place], completed, message);
    if (completed) {
        settle(request, code, message);
    } else if (code != MPI_SUCCESS) [[unlikely]] {
        refused(request, code);
    }
}

/// MPI is asked again some times: then nobody can tell.
inline void RequestTable::refused(Request& request, int error) noexcept {
    constexpr int most = 3;
    if (++request.refusals == most) {
        request.lost = true;
        settle(request, error, request.message);
    }
}

inline void RequestTable::end(Request& request, int error, const MPI_Status& message) noexcept {
    if (request.orphaned) {
        MPI_Request_free(&handles_[request.place]);
    }
    remove(request);
    request.error = error;
    request.message = message;
    request.status = error == MPI_SUCCESS ? EventStatus::complete : EventStatus::failed;
}

inline void RequestTable::announce(Request& request) noexcept {
    if (request.memory != nullptr && !request.lost) {
        const std::shared_ptr<const void> memory = std::move(request.memory);
    }
    if (request.owner != nullptr) [[unlikely]] {
        std::exchange(request.owner, nullptr)->show(request);
    }
    for (RequestListener* listener = std::exchange(request.first_listener, nullptr);
         listener != nullptr;) {
        std::exchange(listener, listener->next)->request_settled();
    }
    if (request.lost) [[unlikely]] {
        request.next = std::exchange(lost_, &request);
    } else {
        release(request);
    }
}

inline void RequestTable::remove(Request& request) noexcept {
    --size_;
    const std::size_t place = request.place;
    handles_[place] = handles_[size_];
    requests_[place] = requests_[size_];
    requests_[place]->place = place;
}

}  // namespace juggle::mpi::detail
