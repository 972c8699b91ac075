// Spawns a task from another thread, while the executor waits for that. A library with checks says
// so at the call; a plain one does not look.
#include <juggle/juggle.hpp>

#include <thread>

juggle::Task<> nothing() { co_return; }

juggle::Task<> spawn_elsewhere(juggle::Executor& executor) {
    std::thread{[&executor] { executor.spawn(nothing()).detach(); }}.join();
    co_return;
}

int main() {
    juggle::Executor executor;
    executor.run(spawn_elsewhere(executor));
}
