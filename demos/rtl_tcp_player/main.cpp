// A receiver that plays a file, for programs that understand the protocol of rtl_tcp. See
// README.md.

#include "common/error.hpp"
#include "common/listen.hpp"
#include "options.hpp"
#include "performance.hpp"
#include "sample_file.hpp"

#include <juggle/asio.hpp>
#include <juggle/cancelled.hpp>
#include <juggle/executor.hpp>
#include <juggle/stop_signals.hpp>

#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <utility>

namespace rtl_tcp_player {
namespace {

using boost::asio::ip::tcp;

juggle::Task<> play_for_all(tcp::acceptor& acceptor, SampleFile& file, double sample_rate) {
    while (true) {
        tcp::socket socket = co_await common::accept(acceptor);
        boost::system::error_code error;
        const tcp::endpoint peer = socket.remote_endpoint(error);
        if (error) {
            continue;  // it has gone already
        }
        std::string client =
            common::shown({.host = peer.address().to_string(), .port = peer.port()});
        Performance performance{std::move(socket), std::move(client), file, sample_rate};
        co_await performance.run();
    }
}

void run(const Options& options) {
    SampleFile file{options.input, options.repeat};
    boost::asio::io_context context{1};
    juggle::asio::Loop loop{context};
    tcp::acceptor acceptor = common::listen(context, options.listen, "--listen");
    const juggle::StopSignals signals;
    std::cout << "plays " << options.input << " on " << common::shown(common::place_of(acceptor))
              << '\n'
              << std::flush;
    juggle::Executor executor{{.idle = &loop}};
    try {
        executor.run(play_for_all(acceptor, file, options.sample_rate), signals.token());
    } catch (const juggle::Cancelled&) {  // NOLINT(bugprone-empty-catch): Ctrl-C is how it ends
    }
}

}  // namespace
}  // namespace rtl_tcp_player

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const auto options = rtl_tcp_player::parse_options(argc, argv);
        if (options) {
            rtl_tcp_player::run(*options);
        }
        if (!std::cout.flush()) {
            throw common::Error("cannot write to standard output");
        }
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "rtl_tcp_player: error: " << error.what() << '\n';
    }
    return 1;
}
