#pragma once

#include "checker.hpp"
#include "memory.hpp"
#include "races.hpp"
#include "search.hpp"

#include <csetjmp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ucontext.h>

namespace model {

/// Ends the execution; it does not return. To be called by the checker itself.
[[noreturn]] void fail(const std::string& what);
[[noreturn]] void fail_at(const std::string& what, const void* site, const void* other_site);
void forget_atomic(std::uintptr_t address);

enum class Kind : std::uint8_t {
    none,  ///< nothing that another thread could notice
    load,
    store,
    exchange,
    fence,
    futex_wait,
    futex_wake,
    lock,
    unlock
};

/// What a thread is about to do, or has done, to what is at an address.
struct Step {
    Kind kind = Kind::none;
    Order order = relaxed;
    std::uintptr_t address = 0;
    const void* site = nullptr;
};

/// All executions of a scenario, one at a time, and the threads of the present one as fibers. What
/// the instrumented code does arrives here; each atomic operation is a point at which another
/// thread may go on instead.
class Execution {
public:
    Execution(const std::function<void()>& scenario, const Options& options);
    Execution(const Execution&) = delete;
    Execution& operator=(const Execution&) = delete;
    ~Execution();

    [[nodiscard]] Report run();

    // What threads do.

    using Change = std::uint64_t (*)(std::uint64_t value, std::uint64_t operand);

    std::uint64_t load(std::uintptr_t address, unsigned size, Order order, const void* site);
    void store(std::uintptr_t address, unsigned size, std::uint64_t value, Order order,
               const void* site);
    std::uint64_t change(std::uintptr_t address, unsigned size, Change change,
                         std::uint64_t operand, Order order, const void* site);
    bool compare_exchange(std::uintptr_t address, unsigned size, std::uint64_t& expected,
                          std::uint64_t desired, Order order, Order failure, bool weak,
                          const void* site);
    void fence(Order order, const void* site);
    void futex_wait(std::uintptr_t address, std::uint32_t value, const void* site);
    void futex_wake(std::uintptr_t address, bool all, const void* site);
    void lock(std::uintptr_t address, const void* site);
    void unlock(std::uintptr_t address, const void* site);
    void plain(std::uintptr_t address, std::size_t bytes, bool write, const void* site);
    [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment, const void* site);
    void release(void* memory, const void* site);
    [[nodiscard]] bool owns(const void* memory) const { return races_.owns(memory); }

    // What scenarios ask for.

    void start_thread(const char* name, std::function<void()> function);
    void join();
    [[nodiscard]] int choose(int count) { return search_.choose(count); }
    void local_to_thread(void** variable);
    void observe(const std::vector<long>& values) { report_.observed.insert(values); }

    [[noreturn]] void fail(const std::string& what);
    void forget(std::uintptr_t address) { memory_.forget(address); }

private:
    enum class State { ready, asleep, joining, ended };

    struct Thread {
        std::string name;
        std::function<void()> function;
        State state = State::ready;
        Step next;
        Knowledge knowledge;
        Clock events{};  // those that had to come before its next
        int early_wakes = 0;
        int weak_failures = 0;
        bool started = false;
        std::vector<void*> locals;
        ucontext_t start;
        jmp_buf context;
    };
    struct Event {
        int thread;
        std::size_t fork;
        Step step;
        Clock clock;  // those that had to come before it, and itself
        std::uint64_t read;
        std::uint64_t written;
        const char* note;
    };

    void run_once();
    void list_operations();
    static void run_thread();
    void body_of_thread();
    void end_execution();

    /// Lets others go on first, or not, and returns when it is this thread's turn to do the step.
    void before(const Step& step);
    /// The step has been done.
    void after(Kind kind, std::uint64_t read, std::uint64_t written, const char* note = "");
    void go_on();
    void switch_to(int thread);
    [[nodiscard]] Threads enabled() const;
    [[noreturn]] void nothing_enabled();
    void try_last_before(std::size_t earlier);
    [[nodiscard]] std::size_t lock_of(std::size_t unlock) const;

    [[nodiscard]] Thread& self() { return threads_[static_cast<std::size_t>(current_)]; }
    [[nodiscard]] bool came_before(int event, const Clock& events) const;
    [[nodiscard]] bool visible(const Location& location, std::size_t store) const;
    [[nodiscard]] std::vector<std::size_t> readable(const Location& location, Order order,
                                                    bool to_change);
    [[nodiscard]] Order weakened(const void* site, const char* kind, Order order);
    void touch(std::uintptr_t address, unsigned size, bool write, const void* site);
    [[nodiscard]] std::string story() const;

    const std::function<void()>& scenario_;
    const Options& options_;
    Report report_;
    Search search_;
    Memory memory_;
    Races races_;
    std::vector<Thread> threads_;
    std::vector<Event> events_;
    std::vector<std::size_t> races_with_last_;
    std::vector<void**> locals_;
    std::map<std::pair<const void*, const char*>, Order> met_;
    std::map<std::pair<const void*, const char*>, std::vector<Weakening>> weakenings_;
    Threads asleep_ = 0;  // of which all that they could do next has been tried
    int current_ = 0;
    std::size_t fork_ = 0;  // at which the present step was chosen
    bool over_ = false;     // nothing counts any more until the next execution
    jmp_buf driver_;
};

/// The exploration that is going on; null otherwise.
extern Execution* current_execution;

/// While the checker itself runs, what is instrumented in it and in the library is let alone.
extern bool in_checker;

class InChecker {
public:
    InChecker() { in_checker = true; }
    ~InChecker() { in_checker = false; }
    InChecker(const InChecker&) = delete;
    InChecker& operator=(const InChecker&) = delete;
};

}  // namespace model
