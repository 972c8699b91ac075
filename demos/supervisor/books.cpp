#include "books.hpp"

#include <algorithm>
#include <utility>

namespace supervisor {

Account::Account(Books& books, std::string what, std::size_t total)
    : books_{books}, what_{std::move(what)}, total_{total} {}

void Account::take(JobNumber job, std::size_t count) {
    const auto [holder, is_new] = holders_.emplace(job, count);
    if (!is_new) {
        holder->second += count;
        wrong(job, "has taken a second time", count);
    }
    out_ += count;
    max_out_ = std::max(max_out_, out_);
    if (out_ > total_) {
        wrong(job, "has taken what others have", count);
    }
}

void Account::give_back(JobNumber job, std::size_t count) {
    const auto holder = holders_.find(job);
    if (holder == holders_.end() || holder->second != count) {
        wrong(job, "has given back what it did not take", count);
        return;
    }
    holders_.erase(holder);
    out_ -= count;
}

void Account::close() {
    for (const auto& [job, count] : holders_) {
        wrong(job, "has kept", count);
    }
}

void Account::wrong(JobNumber job, const std::string& did, std::size_t count) {
    books_.wrong(what_ + ": job " + std::to_string(job) + ' ' + did + ' ' + std::to_string(count) +
                 "; " + std::to_string(out_) + " of " + std::to_string(total_) + " are out");
}

}  // namespace supervisor
