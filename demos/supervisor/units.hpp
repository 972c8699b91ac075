#pragma once

#include "books.hpp"

#include <juggle/semaphore.hpp>
#include <juggle/task.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace supervisor {

/// So many units that a job has, from `Units`: given back when it goes, whatever the reason.
class Lease {
public:
    /// Of nothing.
    Lease() = default;
    Lease(juggle::SemaphorePermit permit, Account& account, JobNumber job)
        : permit_{std::move(permit)}, account_{&account}, job_{job} {
        account_->take(job_, permit_.count());
    }
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&& other) noexcept {
        give_back();
        permit_ = std::move(other.permit_);
        account_ = other.account_;
        job_ = other.job_;
        return *this;
    }
    ~Lease() { give_back(); }

    void give_back() noexcept {
        if (permit_) {
            account_->give_back(job_, permit_.count());
            permit_.release();
        }
    }

    explicit operator bool() const noexcept { return static_cast<bool>(permit_); }

private:
    juggle::SemaphorePermit permit_;
    Account* account_ = nullptr;
    JobNumber job_ = 0;
};

/// Things of which one is as good as the other: cores, or the places of a user. First come, first
/// served.
class Units {
public:
    Units(Books& books, const std::string& what, std::size_t total)
        : books_{books}, what_{what}, semaphore_{total}, account_{books, what, total} {}

    /// Without waiting: nothing if there are too few, or if somebody waits who came before.
    [[nodiscard]] Lease try_take(JobNumber job, std::size_t count) {
        std::optional<juggle::SemaphorePermit> permit = semaphore_.try_acquire(count);
        return permit ? Lease{std::move(*permit), account_, job} : Lease{};
    }

    [[nodiscard]] juggle::Task<Lease> take(JobNumber job, std::size_t count) {
        juggle::SemaphorePermit permit = co_await semaphore_.acquire(count);
        co_return Lease{std::move(permit), account_, job};
    }

    /// The end: all must be there again, by the books and in fact.
    void close() {
        account_.close();
        if (available() != account_.total()) {
            books_.wrong(what_ + ": " + std::to_string(available()) + " of " +
                         std::to_string(account_.total()) + " are there at the end");
        }
    }

    [[nodiscard]] std::size_t available() const noexcept { return semaphore_.available(); }
    [[nodiscard]] const Account& account() const noexcept { return account_; }

private:
    Books& books_;
    std::string what_;
    juggle::Semaphore semaphore_;
    Account account_;
};

}  // namespace supervisor
