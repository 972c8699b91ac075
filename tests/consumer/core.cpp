#include <juggle/juggle.hpp>

juggle::Task<int> answer() { co_return 42; }

int main() {
    juggle::Executor executor;
    return executor.run(answer()) == 42 ? 0 : 1;
}
