#include <juggle/detail/base/label.hpp>
#include <juggle/detail/base/report.hpp>

namespace juggle::inline JUGGLE_ABI::detail {

std::string Label::text() const {
    return name_.empty() ? "made at " + describe(made_at_) : "'" + name_ + "'";
}

std::string Label::lane_name() const { return name_.empty() ? describe_shortly(made_at_) : name_; }

}  // namespace juggle::detail
