#pragma once

#include "job.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace supervisor {

/// What was found wrong, if anything: the first of it, since the rest may follow from that.
class Books {
public:
    void wrong(const std::string& what) {
        if (imbalance_.empty()) {
            imbalance_ = what;
        }
    }

    [[nodiscard]] bool balance() const noexcept { return imbalance_.empty(); }
    [[nodiscard]] const std::string& imbalance() const noexcept { return imbalance_; }

private:
    std::string imbalance_;
};

/// Who has how many of one thing. It lends nothing itself, it only looks on and checks with each
/// change that no job takes or returns what it must not, and that no more are out than there are:
/// then one would be in use twice.
class Account {
public:
    /// `what` names the thing in messages; there are `total` of it.
    Account(Books& books, std::string what, std::size_t total);

    void take(JobNumber job, std::size_t count);
    void give_back(JobNumber job, std::size_t count);

    /// The end: whatever is still out has been lost.
    void close();

    [[nodiscard]] std::size_t total() const noexcept { return total_; }
    [[nodiscard]] std::size_t out() const noexcept { return out_; }
    [[nodiscard]] std::size_t max_out() const noexcept { return max_out_; }

private:
    void wrong(JobNumber job, const std::string& did, std::size_t count);

    Books& books_;
    std::string what_;
    std::size_t total_;
    std::size_t out_ = 0;
    std::size_t max_out_ = 0;
    std::map<JobNumber, std::size_t> holders_;
};

}  // namespace supervisor
