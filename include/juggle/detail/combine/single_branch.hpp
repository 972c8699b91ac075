#pragma once

#include <juggle/detail/combine/static_branches.hpp>

#include <utility>

namespace juggle::inline JUGGLE_ABI::detail {

/// A single awaitable as a branch, in whatever race the awaiting task is in.
template <class KeptType>
class SingleBranch : public StaticBranches<KeptType>, private Race {
public:
    using Value = ValueOf<KeptType>;

protected:
    template <class Argument>
    SingleBranch(const char* function, Argument&& argument)
        : StaticBranches<KeptType>{function, std::forward<Argument>(argument)},
          Race{&SingleBranch::ask_parent} {}

    ~SingleBranch() = default;

    [[nodiscard]] bool start_it(PromiseBase& coroutine) {
        return this->start_all(coroutine, [] { return false; }, [](Branch&) {});
    }

    [[nodiscard]] Result<Value>& outcome() noexcept { return this->template result<0>(); }

private:
    Race* race() noexcept override { return this; }

    void one_ended(Branch&) noexcept final {}
    static bool ask_parent(Race& race, SpawnedTask&) noexcept {
        return static_cast<SingleBranch&>(race).parent().try_commit();
    }
};

}  // namespace juggle::detail
