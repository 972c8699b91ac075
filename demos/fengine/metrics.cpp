#include "fengine/metrics.hpp"

#include "common/text_stream.hpp"
#include "fengine/serve_clients.hpp"

#include <juggle/as_outcome.hpp>
#include <juggle/asio.hpp>
#include <juggle/executor.hpp>
#include <juggle/metrics.hpp>
#include <juggle/timeout.hpp>

#include <chrono>
#include <cstddef>
#include <sstream>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace fengine::ON_GPU {

namespace net = boost::asio;
using net::ip::tcp;

namespace {

constexpr std::size_t max_readers = 8;
constexpr std::size_t max_request = 16 << 10;
constexpr std::chrono::seconds longest_talk{10};

class Page {
public:
    void counter(const char* name, const char* help) {
        name_ = std::string("fengine_") + name + "_total";
        text_ << "# HELP " << name_ << ' ' << help << "\n# TYPE " << name_ << " counter\n";
    }
    void value(std::uint64_t count, const std::string& labels = {}) {
        text_ << name_ << labels << ' ' << count << '\n';
    }
    void counter(const char* name, const char* help, std::uint64_t count) {
        counter(name, help);
        value(count);
    }
    template <class Count>
    void of_streams(const char* name, const char* help, const FEngine& engine, Count count) {
        counter(name, help);
        for (const auto& stream : engine.streams()) {
            value(count(*stream), "{stream=\"" + stream->name() + "\"}");
        }
    }
    [[nodiscard]] std::string text() const { return text_.str(); }

private:
    std::string name_;
    std::ostringstream text_ = common::text_stream();
};

void add_input(Page& page, const Receiver& receiver) {
    const auto& packets = receiver.packets();
    const auto& counts = receiver.counts();
    const auto& window = receiver.window_counts();
    page.counter("packets", "Packets received", packets.datagrams);
    page.counter("bytes", "Bytes in these", packets.bytes);
    page.counter("reads", "System calls that received them", packets.reads);
    page.counter("dropped_packets", "Packets that the kernel had no room for", packets.dropped);
    page.counter("malformed_packets", "Packets that are no SPEAD-64-48", counts.malformed);
    page.counter("refused_packets", "Packets of samples that are not as they should be",
                 counts.refused);
    page.counter("other_packets", "Packets of heaps that are no samples", counts.other);
    page.counter("doubled_packets", "Packets that had come before", counts.doubled);
    page.counter("heaps", "Heaps received whole", counts.heaps);
    page.counter("incomplete_heaps", "Heaps of which a part did not come", counts.incomplete);
    page.counter("late_heaps", "Heaps whose chunk was closed already", window.late);
    page.counter("doubled_heaps", "Heaps that had come before", window.doubled);
    page.counter("astray_heaps", "Heaps whose timestamp is far from the others", window.astray);
    page.counter("missing_heaps", "Heaps that chunks were closed without", receiver.missing());
    page.counter("restarts", "How often the timestamps began anew", window.restarts);
    page.counter("stops", "How often a sender said that it ends", counts.stops);
    page.counter("chunks", "Chunks passed on to the device", receiver.chunks());
}

void add_output(Page& page, const FEngine& engine) {
    page.of_streams("sent_heaps", "Heaps sent to X-engines", engine,
                    [](const Stream& stream) { return stream.transmitter().counts().heaps; });
    page.of_streams("sent_packets", "Packets sent", engine,
                    [](const Stream& stream) { return stream.transmitter().packets().datagrams; });
    page.of_streams("sent_bytes", "Bytes in these", engine,
                    [](const Stream& stream) { return stream.transmitter().packets().bytes; });
    page.of_streams("unsent_heaps", "Heaps that the system refused to send", engine,
                    [](const Stream& stream) { return stream.transmitter().counts().unsent; });
    page.of_streams("skipped_heaps", "Heaps not sent, since samples of them were missing", engine,
                    [](const Stream& stream) { return stream.counts().skipped; });
    page.of_streams("lost_chunks", "Chunks that the device did not compute", engine,
                    [](const Stream& stream) { return stream.counts().lost; });
    page.counter("saturated", "Values that were limited to what 8 bits hold");
    for (const auto& stream : engine.streams()) {
        for (std::size_t i = 0; i < polarisations; ++i) {
            page.value(stream->counts().saturated[i], "{stream=\"" + stream->name() +
                                                          "\",polarisation=\"" + std::to_string(i) +
                                                          "\"}");
        }
    }
}

std::string answer_to(std::string_view request, const FEngine& engine) {
    const bool is_page =
        request.starts_with("GET /metrics ") || request.starts_with("GET /metrics?");
    const std::string body = is_page ? metrics_page(engine) : "there is /metrics\n";
    return std::string("HTTP/1.1 ") + (is_page ? "200 OK" : "404 Not Found") +
           "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

juggle::Task<> talk(const FEngine& engine, tcp::socket& client) {
    std::string request;
    const auto [problem, length] = co_await net::async_read_until(
        client, net::dynamic_buffer(request, max_request), "\r\n\r\n", juggle::asio::as_result);
    if (problem) {
        co_return;
    }
    const std::string answer = answer_to(request, engine);
    co_await net::async_write(client, net::buffer(answer), juggle::asio::as_result);
}

juggle::Task<> talk_for_a_while(const FEngine& engine, tcp::socket client) {
    // In whatever way it ends: the client is gone at the end of this.
    (void)co_await juggle::as_outcome(juggle::timeout(longest_talk, talk(engine, client)));
}

}  // namespace

std::string metrics_page(const FEngine& engine) {
    Page page;
    add_input(page, engine.receiver());
    add_output(page, engine);
    std::ostringstream of_library = common::text_stream();
    juggle::Executor::current()->metrics().write_prometheus(of_library);
    return page.text() + of_library.str();
}

std::string summary(const FEngine& engine) {
    const Receiver& receiver = engine.receiver();
    std::ostringstream text = common::text_stream();
    text << receiver.packets().datagrams << " packets, " << receiver.counts().heaps
         << " whole heaps in " << receiver.chunks() << " chunks; " << receiver.missing()
         << " heaps missing, " << receiver.packets().dropped << " packets dropped\n";
    for (const auto& stream : engine.streams()) {
        text << stream->name() << ": " << stream->transmitter().counts().heaps << " heaps sent, "
             << stream->counts().skipped << " skipped, " << stream->counts().lost
             << " chunks lost, " << stream->counts().saturated[0] << " + "
             << stream->counts().saturated[1] << " values saturated\n";
    }
    return text.str();
}

juggle::Task<> serve_metrics(const FEngine& engine, tcp::acceptor& acceptor) {
    return serve_clients(
        acceptor, "readers of metrics", max_readers,
        [&engine](tcp::socket client) { return talk_for_a_while(engine, std::move(client)); });
}

}  // namespace fengine::ON_GPU
