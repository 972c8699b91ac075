#include "execution.hpp"

#include "sites.hpp"

#include <array>
#include <cstring>
#include <sstream>
#include <utility>

namespace model {

Execution* current_execution = nullptr;
bool in_checker = false;

namespace {

constexpr std::uint64_t max_events = 2000;

struct Kept {
    void* memory;
    std::vector<std::byte> contents;
};
std::vector<Kept> all_kept;

[[nodiscard]] bool is_access(Kind kind) {
    return kind == Kind::load || kind == Kind::store || kind == Kind::exchange;
}

/// Whether it matters which of the two comes first, or one makes the other possible.
[[nodiscard]] bool dependent(const Step& a, const Step& b) {
    if (a.kind == Kind::none || b.kind == Kind::none) {
        return false;
    }
    if (a.kind == Kind::fence || b.kind == Kind::fence) {
        return true;
    }
    if (a.address != b.address) {
        return false;
    }
    if (a.kind == Kind::load && b.kind == Kind::load) {
        return a.order == seq_cst && b.order == seq_cst;
    }
    // A waker tells of what it knows itself; a sleeper looks at the value.
    if (a.kind == Kind::futex_wake || b.kind == Kind::futex_wake) {
        return !is_access(a.kind) && !is_access(b.kind);
    }
    if (a.kind == Kind::futex_wait || b.kind == Kind::futex_wait) {
        return a.kind != Kind::load && b.kind != Kind::load;
    }
    return true;
}

[[nodiscard]] Order weaken(Order order, Weakening weakening) {
    switch (weakening) {
        case Weakening::not_sequential:
            return order == seq_cst ? acq_rel : order;
        case Weakening::no_release:
            return acquires(order) ? acquire : relaxed;
        case Weakening::no_acquire:
            return releases(order) ? release : relaxed;
    }
    return order;
}

[[nodiscard]] const char* name_of(Order order) {
    constexpr std::array names{"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
    return names[static_cast<std::size_t>(order)];
}

[[nodiscard]] const char* name_of(Kind kind) {
    constexpr std::array names{"goes on",    "load",       "store", "exchange", "fence",
                               "futex wait", "futex wake", "lock",  "unlock"};
    return names[static_cast<std::size_t>(kind)];
}

}  // namespace

void fail(const std::string& what) { current_execution->fail(what); }

void fail_at(const std::string& what, const void* site, const void* other_site) {
    fail(what + ": " + site_of(site).place + " and " + site_of(other_site).place);
}

void forget_atomic(std::uintptr_t address) { current_execution->forget(address); }

Execution::Execution(const std::function<void()>& scenario, const Options& options)
    : scenario_{scenario}, options_{options}, search_{options.reduce} {
    threads_.reserve(max_threads);
    current_execution = this;
}

Execution::~Execution() { current_execution = nullptr; }

Report Execution::run() {
    do {
        run_once();
    } while (report_.failure.empty() && search_.advance());

    if (options_.list_operations) {
        list_operations();
    }
    return std::move(report_);
}

void Execution::list_operations() {
    std::vector<const void*> sites;
    for (const auto& [site, order] : met_) {
        sites.push_back(site.first);
    }
    find_sites(sites);
    for (const auto& [site, order] : met_) {
        const Operation operation{site_of(site.first).place, site.second};
        const bool loads = operation.kind != "store";
        const bool stores = operation.kind != "load";
        if (!site_of(site.first).of_library) {
            continue;
        }
        if (order == seq_cst) {
            report_.possible.insert({operation, Weakening::not_sequential});
        }
        if (stores && releases(order)) {
            report_.possible.insert({operation, Weakening::no_release});
        }
        if (loads && acquires(order)) {
            report_.possible.insert({operation, Weakening::no_acquire});
        }
    }
}

void Execution::run_once() {
    if (report_.executions + report_.redundant == options_.max_executions) {
        report_.failure = "too many executions";
        return;
    }
    for (const Kept& kept : all_kept) {
        std::memcpy(kept.memory, kept.contents.data(), kept.contents.size());
    }
    memory_.reset();
    races_.reset();
    events_.clear();
    locals_.clear();
    asleep_ = 0;
    search_.start_execution();

    if (_setjmp(driver_) == 0) {
        current_ = 0;
        Thread& main = threads_.emplace_back();
        main.name = "main";
        main.function = [this] { scenario_(); };
        main.knowledge.clock[0] = 1;
        main.started = true;
        main.early_wakes = options_.early_wakes;
        main.weak_failures = options_.weak_failures;
        ::getcontext(&main.start);
        main.start.uc_stack = {races_.stack(0), 0, Races::stack_size};
        ::makecontext(&main.start, &Execution::run_thread, 0);
        ::setcontext(&main.start);
    }
    in_checker = true;
    for (void** variable : locals_) {
        *variable = nullptr;
    }
    over_ = true;
    threads_.clear();
    over_ = false;
}

void Execution::run_thread() { current_execution->body_of_thread(); }

void Execution::body_of_thread() {
    {
        const std::function<void()> function = std::move(self().function);
        in_checker = false;
        function();
        // What it owns is released by the thread, not by the checker.
    }
    in_checker = true;
    if (current_ == 0) {
        end_execution();
    }
    self().state = State::ended;
    self().next = {};
    go_on();
    std::abort();  // nobody goes on with a thread that has ended
}

void Execution::end_execution() {
    for (const Thread& thread : threads_) {
        if (&thread != &self() && thread.state != State::ended) {
            fail("a thread was not joined");
        }
    }
    if (const void* site = races_.leak()) {
        fail("leak of what was allocated at " + site_of(site).place);
    }
    ++report_.executions;
    _longjmp(driver_, 1);
}

void Execution::fail(const std::string& what) {
    report_.failure = what;
    report_.story = story();
    ++report_.executions;
    _longjmp(driver_, 1);
}

// ---- scheduling

Threads Execution::enabled() const {
    Threads result = 0;
    Threads unfinished = 0;
    for (std::size_t index = 0; index < threads_.size(); ++index) {
        const Thread& thread = threads_[index];
        if (thread.state != State::ended && thread.state != State::joining) {
            unfinished |= only(static_cast<int>(index));
        }
        if (thread.state == State::ready) {
            result |= only(static_cast<int>(index));
        }
    }
    if (unfinished == 0 && threads_[0].state == State::joining) {
        return only(0);
    }
    return result;
}

void Execution::before(const Step& step) {
    if (events_.size() == max_events) {
        fail("an execution does not end");
    }
    self().next = step;
    go_on();
}

void Execution::go_on() {
    for (std::size_t index = 0; index < threads_.size(); ++index) {
        // What it does up to its next step is nobody else's business.
        if (threads_[index].state == State::ready && threads_[index].next.kind == Kind::none) {
            switch_to(static_cast<int>(index));
            return;
        }
    }
    Threads able = enabled();
    for (std::size_t index = 0; index < threads_.size(); ++index) {
        const Step& next = threads_[index].next;
        if (next.kind == Kind::lock && memory_.at(next.address).owner >= 0) {
            able &= ~only(static_cast<int>(index));
        }
    }
    if (able == 0) {
        nothing_enabled();
    }
    const int next = search_.choose_thread(able, asleep_, current_);
    if (next < 0) {
        ++report_.redundant;
        _longjmp(driver_, 1);
    }
    fork_ = search_.last_fork();
    if (next != current_) {
        switch_to(next);
    }
}

void Execution::switch_to(int next) {
    Thread& from = self();
    Thread& to = threads_[static_cast<std::size_t>(next)];
    for (std::size_t index = 0; index < locals_.size(); ++index) {
        from.locals.resize(locals_.size());
        to.locals.resize(locals_.size());
        from.locals[index] = std::exchange(*locals_[index], to.locals[index]);
    }
    current_ = next;
    if (_setjmp(from.context) != 0) {
        return;
    }
    if (to.started) {
        _longjmp(to.context, 1);
    }
    to.started = true;
    ::setcontext(&to.start);
}

void Execution::nothing_enabled() {
    std::string who;
    for (const Thread& thread : threads_) {
        if (thread.state == State::asleep || thread.next.kind == Kind::lock) {
            who += (who.empty() ? "" : ", ") + thread.name;
        }
    }
    fail("deadlock: " + who + " will not be woken");
}

bool Execution::came_before(int event, const Clock& events) const {
    if (event < 0) {
        return true;
    }
    const auto who = static_cast<std::size_t>(events_[static_cast<std::size_t>(event)].thread);
    return events[who] > static_cast<std::uint32_t>(event);
}

void Execution::after(Kind kind, std::uint64_t read, std::uint64_t written, const char* note) {
    Step step = std::exchange(self().next, {});
    step.kind = kind;
    const std::size_t index = events_.size();
    events_.push_back({current_, fork_, step, {}, read, written, note});
    Clock seen = self().events;
    for (std::size_t earlier = index; earlier-- > 0;) {
        const Event& event = events_[earlier];
        if (!dependent(event.step, step)) {
            continue;
        }
        if (event.thread != current_ && !came_before(static_cast<int>(earlier), seen)) {
            races_with_last_.push_back(step.kind == Kind::lock ? lock_of(earlier) : earlier);
        }
        join_into(seen, event.clock);
    }
    seen[static_cast<std::size_t>(current_)] = static_cast<std::uint32_t>(index) + 1;
    self().events = events_.back().clock = seen;
    if (options_.reduce) {
        for (const std::size_t earlier : races_with_last_) {
            try_last_before(earlier);
        }
        for (std::size_t other = 0; other < threads_.size(); ++other) {
            if (dependent(step, threads_[other].next)) {
                asleep_ &= ~only(static_cast<int>(other));
            }
        }
    }
    races_with_last_.clear();
}

/// Of the unlocking that made the last event possible: what could have come after it instead.
std::size_t Execution::lock_of(std::size_t unlock) const {
    std::size_t result = unlock;
    while (events_[result].step.kind != Kind::lock ||
           events_[result].step.address != events_[unlock].step.address) {
        --result;
    }
    return result;
}

/// The last event and this earlier one depend on each other, and nothing between orders them: they
/// are to be tried in the other order too, with all before that does not need the earlier one. That
/// is Source-DPOR of Abdulla, Aronis, Jonsson and Sagonas, POPL 2014.
void Execution::try_last_before(std::size_t earlier) {
    Threads first = 0;
    Threads seen = 0;
    std::vector<std::size_t> moved;
    for (std::size_t later = earlier + 1; later < events_.size(); ++later) {
        const Event& event = events_[later];
        const bool is_last = later + 1 == events_.size();
        if (!is_last && came_before(static_cast<int>(earlier), event.clock)) {
            continue;
        }
        bool could_be_first = (seen & only(event.thread)) == 0;
        for (const std::size_t before : moved) {
            could_be_first = could_be_first && !came_before(static_cast<int>(before), event.clock);
        }
        if (could_be_first) {
            first |= only(event.thread);
        }
        seen |= only(event.thread);
        moved.push_back(later);
    }
    search_.try_one_of(events_[earlier].fork, first);
}

// ---- atomics

Order Execution::weakened(const void* site, const char* kind, Order order) {
    const auto key = std::pair{site, kind};
    const auto [met, is_new] = met_.try_emplace(key, order);
    if (options_.mutations.empty()) {
        return order;
    }
    std::vector<Weakening>& weakenings = weakenings_[key];
    if (is_new) {
        const Operation operation{site_of(site).place, kind};
        for (const Mutation& mutation : options_.mutations) {
            if (mutation.operation == operation) {
                weakenings.push_back(mutation.weakening);
            }
        }
    }
    for (const Weakening weakening : weakenings) {
        order = weaken(order, weakening);
    }
    return order;
}

/// Whether a store is to be read, or followed, here. If it is not the newest, and the thread could
/// have come before the newer ones, then it will, and see this one without any delay of memory.
bool Execution::visible(const Location& location, std::size_t store) const {
    if (!options_.reduce || store + 1 == location.stores.size()) {
        return true;
    }
    const Thread& reader = threads_[static_cast<std::size_t>(current_)];
    for (std::size_t later = store + 1; later < location.stores.size(); ++later) {
        if (came_before(location.stores[later].event, reader.events)) {
            return true;
        }
    }
    return false;
}

std::vector<std::size_t> Execution::readable(const Location& location, Order order,
                                             bool to_change) {
    const std::uint32_t oldest = Memory::oldest(self().knowledge, location, order);
    std::vector<std::size_t> result;
    for (std::size_t index = location.stores.size(); index-- > 0;) {
        const Store& store = location.stores[index];
        if (store.key < oldest) {
            break;
        }
        if (!(to_change && store.rmw_follows) && visible(location, index)) {
            result.push_back(index);
        }
    }
    return result;
}

void Execution::touch(std::uintptr_t address, unsigned size, bool write, const void* site) {
    races_.access(address, size, write ? Races::Access::atomic_write : Races::Access::atomic_read,
                  current_, self().knowledge.clock, site);
}

std::uint64_t Execution::load(std::uintptr_t address, unsigned size, Order order,
                              const void* site) {
    order = weakened(site, "load", order);
    before({Kind::load, order, address, site});
    touch(address, size, false, site);
    Location& location = memory_.atomic_at(address, size);
    const std::vector<std::size_t> choices = readable(location, order, false);
    const std::size_t choice =
        choices[static_cast<std::size_t>(choose(static_cast<int>(choices.size())))];
    const Store& store = location.stores[choice];
    Memory::read(self().knowledge, location, store, order);
    after(Kind::load, store.value, 0, choice + 1 == location.stores.size() ? "" : "old");
    return store.value;
}

void Execution::store(std::uintptr_t address, unsigned size, std::uint64_t value, Order order,
                      const void* site) {
    order = weakened(site, "store", order);
    before({Kind::store, order, address, site});
    touch(address, size, true, site);
    Location& location = memory_.atomic_at(address, size);
    const std::vector<std::size_t> choices = readable(location, order, true);
    const std::size_t behind =
        choices[static_cast<std::size_t>(choose(static_cast<int>(choices.size())))];
    Memory::write(self().knowledge, static_cast<std::size_t>(current_), location, behind, value,
                  order, false, static_cast<int>(events_.size()));
    after(Kind::store, 0, value, behind + 2 == location.stores.size() ? "" : "comes late");
}

std::uint64_t Execution::change(std::uintptr_t address, unsigned size, Change how,
                                std::uint64_t operand, Order order, const void* site) {
    order = weakened(site, "exchange", order);
    before({Kind::exchange, order, address, site});
    touch(address, size, true, site);
    Location& location = memory_.atomic_at(address, size);
    const std::vector<std::size_t> choices = readable(location, order, true);
    const std::size_t choice =
        choices[static_cast<std::size_t>(choose(static_cast<int>(choices.size())))];
    const Store store = location.stores[choice];
    const std::uint64_t mask = size == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * size) - 1;
    const std::uint64_t value = how(store.value, operand) & mask;
    Memory::read(self().knowledge, location, store, order);
    Memory::write(self().knowledge, static_cast<std::size_t>(current_), location, choice, value,
                  order, true, static_cast<int>(events_.size()));
    after(Kind::exchange, store.value, value);
    return store.value;
}

bool Execution::compare_exchange(std::uintptr_t address, unsigned size, std::uint64_t& expected,
                                 std::uint64_t desired, Order order, Order failure, bool weak,
                                 const void* site) {
    order = weakened(site, "compare_exchange", order);
    failure = weakened(site, "compare_exchange", failure);
    before({Kind::exchange, order, address, site});
    Location& location = memory_.atomic_at(address, size);

    enum class Result { succeeds, fails, fails_without_reason };
    struct Choice {
        std::size_t store;
        Result result;
    };
    std::vector<Choice> choices;
    for (const std::size_t index : readable(location, order, true)) {
        if (location.stores[index].value == expected) {
            choices.push_back({index, Result::succeeds});
            if (weak && index + 1 == location.stores.size() && self().weak_failures > 0) {
                choices.push_back({index, Result::fails_without_reason});
            }
        }
    }
    for (const std::size_t index : readable(location, failure, false)) {
        if (location.stores[index].value != expected) {
            choices.push_back({index, Result::fails});
        }
    }
    const Choice choice =
        choices[static_cast<std::size_t>(choose(static_cast<int>(choices.size())))];
    const Store store = location.stores[choice.store];
    const bool succeeds = choice.result == Result::succeeds;
    touch(address, size, succeeds, site);
    Memory::read(self().knowledge, location, store, succeeds ? order : failure);
    if (succeeds) {
        Memory::write(self().knowledge, static_cast<std::size_t>(current_), location, choice.store,
                      desired, order, true, static_cast<int>(events_.size()));
        after(Kind::exchange, store.value, desired);
        return true;
    }
    if (choice.result == Result::fails_without_reason) {
        --self().weak_failures;
    }
    expected = store.value;
    after(Kind::load, store.value, 0,
          choice.result == Result::fails ? "exchange fails" : "weak exchange fails");
    return false;
}

void Execution::fence(Order order, const void* site) {
    order = weakened(site, "fence", order);
    before(Step{Kind::fence, order, 0, site});
    memory_.fence(self().knowledge, order);
    after(Kind::fence, 0, 0);
}

// ---- what blocks

void Execution::futex_wait(std::uintptr_t address, std::uint32_t value, const void* site) {
    before({Kind::futex_wait, relaxed, address, site});
    Location& location = memory_.at(address);
    if (location.stores.empty()) {
        (void)memory_.atomic_at(address, 4);
    }
    touch(address, 4, false, site);
    // Whoever has called wake before this, and will not again, has its stores seen.
    std::uint32_t& known = self().knowledge.view[location.id];
    known = std::max(known, location.futex);
    const std::vector<std::size_t> choices = readable(location, relaxed, false);
    const Store& store =
        location
            .stores[choices[static_cast<std::size_t>(choose(static_cast<int>(choices.size())))]];
    known = std::max(known, store.key);
    if (static_cast<std::uint32_t>(store.value) != value) {
        after(Kind::futex_wait, store.value, 0, "does not sleep");
        return;
    }
    if (self().early_wakes > 0 && choose(2) == 1) {
        --self().early_wakes;
        after(Kind::futex_wait, store.value, 0, "wakes early");
        return;
    }
    after(Kind::futex_wait, store.value, 0, "sleeps");
    self().state = State::asleep;
    self().next.address = address;
    go_on();
    // Somebody has called wake.
    known = std::max(known, location.futex);
}

void Execution::futex_wake(std::uintptr_t address, bool all, const void* site) {
    before({Kind::futex_wake, relaxed, address, site});
    Location& location = memory_.at(address);
    location.futex = std::max(location.futex, self().knowledge.view[location.id]);
    std::vector<std::size_t> sleepers;
    for (std::size_t index = 0; index < threads_.size(); ++index) {
        if (threads_[index].state == State::asleep && threads_[index].next.address == address) {
            sleepers.push_back(index);
        }
    }
    if (!all && sleepers.size() > 1) {
        sleepers = {sleepers[static_cast<std::size_t>(choose(static_cast<int>(sleepers.size())))]};
    }
    after(Kind::futex_wake, 0, sleepers.size());
    for (const std::size_t index : sleepers) {
        threads_[index].state = State::ready;
        threads_[index].next = {};
        join_into(threads_[index].events, self().events);
    }
}

void Execution::lock(std::uintptr_t address, const void* site) {
    before({Kind::lock, acquire, address, site});
    Location& mutex = memory_.at(address);
    mutex.owner = current_;
    join_into(self().knowledge.clock, mutex.unlocked);
    join_into(self().knowledge.view, mutex.unlocked_view);
    after(Kind::lock, 0, 0);
}

void Execution::unlock(std::uintptr_t address, const void* site) {
    before({Kind::unlock, Order::release, address, site});
    Location& mutex = memory_.at(address);
    if (mutex.owner != current_) {
        fail("a mutex is unlocked by a thread that does not have it");
    }
    mutex.owner = -1;
    mutex.unlocked = self().knowledge.clock;
    mutex.unlocked_view = self().knowledge.view;
    ++self().knowledge.clock[static_cast<std::size_t>(current_)];
    after(Kind::unlock, 0, 0);
}

// ---- plain memory

void Execution::plain(std::uintptr_t address, std::size_t bytes, bool write, const void* site) {
    races_.access(address, bytes, write ? Races::Access::write : Races::Access::read, current_,
                  self().knowledge.clock, site);
}

void* Execution::allocate(std::size_t bytes, std::size_t alignment, const void* site) {
    return races_.allocate(bytes, alignment, site);
}

void Execution::release(void* memory, const void* site) {
    if (over_) {
        return;
    }
    races_.release(memory, current_, self().knowledge.clock, site);
}

// ---- scenarios

void Execution::start_thread(const char* name, std::function<void()> function) {
    if (threads_.size() == max_threads) {
        fail("too many threads");
    }
    const std::size_t number = threads_.size();
    Thread& thread = threads_.emplace_back();
    thread.name = name;
    thread.function = std::move(function);
    thread.knowledge = self().knowledge;
    thread.knowledge.clock[number] = 1;
    thread.events = self().events;
    thread.early_wakes = options_.early_wakes;
    thread.weak_failures = options_.weak_failures;
    ++self().knowledge.clock[static_cast<std::size_t>(current_)];
    ::getcontext(&thread.start);
    thread.start.uc_stack = {races_.stack(number), 0, Races::stack_size};
    ::makecontext(&thread.start, &Execution::run_thread, 0);
}

void Execution::join() {
    self().state = State::joining;
    go_on();
    self().state = State::ready;
    for (Thread& thread : threads_) {
        if (&thread != &self()) {
            join_into(self().knowledge.clock, thread.knowledge.clock);
            join_into(self().knowledge.view, thread.knowledge.view);
            join_into(self().events, thread.events);
        }
    }
}

void Execution::local_to_thread(void** variable) {
    locals_.push_back(variable);
    *variable = nullptr;
    races_.exempt(reinterpret_cast<std::uintptr_t>(variable), sizeof *variable);
}

std::string Execution::story() const {
    std::vector<const void*> sites;
    for (const Event& event : events_) {
        sites.push_back(event.step.site);
    }
    find_sites(sites);
    std::ostringstream text;
    for (std::size_t index = 0; index < events_.size(); ++index) {
        const Event& event = events_[index];
        const Step& step = event.step;
        text << index << ' ' << threads_[static_cast<std::size_t>(event.thread)].name << ": "
             << name_of(step.kind) << " 0x" << std::hex << (step.address & 0xffffff);
        if (step.kind == Kind::load || step.kind == Kind::exchange) {
            text << " reads 0x" << event.read;
        }
        if (step.kind == Kind::store || step.kind == Kind::exchange) {
            text << " writes 0x" << event.written;
        }
        text << std::dec << ' ' << name_of(step.order) << ' ' << event.note << "  "
             << site_of(step.site).place << '\n';
    }
    text << "then " << threads_[static_cast<std::size_t>(current_)].name << '\n';
    return text.str();
}

// ---- checker.hpp

Report explore(const std::function<void()>& scenario, const Options& options) {
    const InChecker guard;
    Execution execution{scenario, options};
    return execution.run();
}

void thread(const char* name, std::function<void()> function) {
    const InChecker guard;
    current_execution->start_thread(name, std::move(function));
}

void join() {
    const InChecker guard;
    current_execution->join();
}

void require(bool condition, const char* what) {
    const InChecker guard;
    if (!condition) {
        fail(what);
    }
}

void observe(std::initializer_list<long> values) {
    const InChecker guard;
    current_execution->observe(values);
}

int choose(int count) {
    const InChecker guard;
    return current_execution->choose(count);
}

void local_to_thread(void** variable) {
    const InChecker guard;
    current_execution->local_to_thread(variable);
}

void keep(void* memory, std::size_t bytes) {
    const auto* first = static_cast<const std::byte*>(memory);
    all_kept.push_back({memory, {first, first + bytes}});
}

std::string to_string(const Mutation& mutation) {
    constexpr std::array names{"not seq_cst", "no release", "no acquire"};
    return mutation.operation.place + ' ' + mutation.operation.kind + ": " +
           names[static_cast<std::size_t>(mutation.weakening)];
}

}  // namespace model
