#include <juggle/detail/combine/branches.hpp>
#include <juggle/detail/run/wait_report.hpp>

#include <cstddef>
#include <string>

namespace juggle::detail {

void Branches::describe_parts(const Waiter& waiter, WaitReport& report) {
    std::size_t count = 0;
    for (const Branch* branch = static_cast<const Branches&>(waiter).running_.first();
         branch != nullptr; branch = IntrusiveList<Branch>::after(*branch)) {
        report.add(branch->record().key(), "is one of them");
        ++count;
    }
    const auto& self = static_cast<const Branches&>(waiter);
    const Branch* first = self.running_.first();
    // Of a race that is decided the losers are waited for, all of them.
    report.any = !self.stopped_ && first != nullptr && first->record().race != nullptr;
    report.open = !self.stopped_ && self.has_deadline_;
    report.what = std::to_string(count) + (count == 1 ? " part of it" : " parts of it");
}

}  // namespace juggle::detail
