// Two resources are acquired at one moment, so that tasks which name them in opposite orders cannot
// wait for each other forever.
#include <juggle/juggle.hpp>

#include <cstdio>

using Account = juggle::Resource<int>;

juggle::Task<> transfer(Account& from, Account& to, int amount) {
    auto [source, target] = co_await juggle::acquire_all(from, to);
    *source -= amount;
    co_await juggle::yield();  // no other task sees the money missing
    *target += amount;
    source.ready();
    target.ready();
}

juggle::Task<> transfers(Account& mine, Account& yours) {
    co_await juggle::when_all(transfer(mine, yours, 30), transfer(yours, mine, 10));
    juggle::AllocationSet both = juggle::acquire_all(juggle::shared(mine), juggle::shared(yours));
    auto [left, right] = co_await both.wait_events();
    std::printf("%d and %d\n", left, right);
    std::get<0>(both).ready();
    std::get<1>(both).ready();
}

int main() {
    Account mine{"mine", 100};
    Account yours{"yours", 0};
    juggle::Executor executor;
    executor.run(transfers(mine, yours));
}

// prints:
// 80 and 20
