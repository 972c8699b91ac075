// SIGHUP makes a program read its settings again, while it runs: a chunk keeps those it began with.
#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>

#include <csignal>
#include <cstdio>
#include <memory>

#include <asio.hpp>

struct Settings {
    int gain;
};

struct Program {
    std::shared_ptr<const Settings> settings = std::make_shared<const Settings>(Settings{1});
    juggle::AsyncEvent reloaded;
};

juggle::Task<> reload_on_hangup(asio::io_context& context, Program& program) {
    asio::signal_set signals{context, SIGHUP};
    for (int gain = 2;; ++gain) {
        co_await signals.async_wait(juggle::asio::use_task);
        const Settings read{gain};  // from a file, by offload
        program.settings = std::make_shared<const Settings>(read);
        program.reloaded.set();
    }
}

juggle::Task<> process(Program& program, int chunk) {
    const std::shared_ptr<const Settings> settings = program.settings;  // for the whole chunk
    if (chunk == 1) {
        std::raise(SIGHUP);  // what `kill -HUP` does
        co_await program.reloaded;
    }
    std::printf("chunk %d with gain %d\n", chunk, settings->gain);
}

juggle::Task<> stream(asio::io_context& context, Program& program) {
    juggle::Executor::current()->spawn(reload_on_hangup(context, program)).detach();
    co_await juggle::yield();  // it listens by now
    for (int chunk = 0; chunk < 4; ++chunk) {
        co_await process(program, chunk);
    }
}  // the end of `run` stops the other task, too

int main() {
    Program program;
    asio::io_context context;
    juggle::asio::Loop loop{context};
    juggle::Executor executor{{.idle = &loop}};
    executor.run(stream(context, program));
}

// prints:
// chunk 0 with gain 1
// chunk 1 with gain 1
// chunk 2 with gain 2
// chunk 3 with gain 2
