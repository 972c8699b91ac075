#include <juggle/detail/base/report.hpp>
#include <juggle/detail/combine/branches.hpp>
#include <juggle/detail/run/wait_report.hpp>

#include <cstddef>
#include <string>

namespace juggle::inline JUGGLE_ABI::detail {

void Branches::describe_wait(WaitReport& report) const {
    std::size_t count = 0;
    for (const Branch* branch = running_.first(); branch != nullptr;
         branch = IntrusiveList<Branch>::after(*branch)) {
        report.add(branch->key(), "is one of them");
        ++count;
    }
    if (beginning_ != nullptr) {
        report.add(beginning_->key(), "is one of them");
        ++count;
    }
    const Branch* first = running_.first();
    // Of a race that is decided the losers are waited for, all of them.
    report.any = !stopped_ && first != nullptr && first->race != nullptr;
    report.open = !stopped_ && has_deadline_;
    report.what = counted(count, "part") + " of it";
}

}  // namespace juggle::detail
