// Datagrams into the memory of resources, beside what is written by hand.

#include "benchmarks.hpp"
#include "measure.hpp"

#include <juggle/asio.hpp>
#include <juggle/asio/packet_receiver.hpp>
#include <juggle/asio/packet_sender.hpp>
#include <juggle/asio/packet_window.hpp>
#include <juggle/resource_ring.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <semaphore>
#include <span>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <asio.hpp>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace {

using asio::ip::udp;
using juggle::Task;
using juggle::asio::PacketReceiver;
using juggle::asio::PacketReceiverOptions;
using juggle::asio::PacketSender;
using juggle::asio::PacketSenderOptions;

constexpr std::size_t length = 1472;  // of a datagram: what fits into an Ethernet frame
constexpr std::size_t header = sizeof(std::uint64_t);
constexpr std::size_t payload = length - header;
constexpr std::size_t in_train = 44;
constexpr std::size_t in_chunk = 1024;
constexpr int buffer_size = 4 << 20;

/// What this thread has cost so far, in the kernel too.
double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Sockets {
    explicit Sockets(asio::io_context& context)
        : from{context, {asio::ip::address_v4::loopback(), 0}},
          to{context, {asio::ip::address_v4::loopback(), 0}} {
        from.connect(to.local_endpoint());
        to.set_option(asio::socket_base::receive_buffer_size{buffer_size});
        asio::socket_base::receive_buffer_size granted;
        to.get_option(granted);
        if (granted.value() < buffer_size) {
            throw std::runtime_error{"net.core.rmem_max is less than 4 MiB: packets would be lost"};
        }
    }
    udp::socket from;
    udp::socket to;
};

/// Sends trains of numbered datagrams on a thread of its own, when it is told to. The kernel cuts
/// them up there, for a receiver without GRO.
class Transmitter {
public:
    explicit Transmitter(udp::socket& socket)
        : socket_{socket}, thread_{[this](const std::stop_token& stop) { run(stop); }} {}
    ~Transmitter() {
        thread_.request_stop();
        start_.release();
    }
    Transmitter(const Transmitter&) = delete;
    Transmitter& operator=(const Transmitter&) = delete;

    void start(std::size_t trains) {
        trains_ = trains;
        start_.release();
    }

private:
    void run(const std::stop_token& stop) {
        std::vector<std::byte> bytes(in_train * length);
        const asio::detail::socket_type socket = socket_.native_handle();
        const int cut_at = length;
        ::setsockopt(socket, IPPROTO_UDP, UDP_SEGMENT, &cut_at, sizeof cut_at);
        for (std::uint64_t sequence = 0;;) {
            start_.acquire();
            if (stop.stop_requested()) {
                return;
            }
            for (std::size_t train = 0; train < trains_; ++train) {
                for (std::size_t index = 0; index < in_train; ++index, ++sequence) {
                    std::memcpy(&bytes[index * length], &sequence, header);
                }
                (void)::send(socket, bytes.data(), bytes.size(), 0);
            }
        }
    }

    udp::socket& socket_;
    std::size_t trains_ = 0;
    std::counting_semaphore<> start_{0};
    std::jthread thread_;
};

/// Rounds of so many trains, each from the moment at which they are sent until the last datagram is
/// where it belongs: what the receiving thread has cost is divided by the datagrams.
class Rounds {
public:
    Rounds(benchmark::State& state, Transmitter& transmitter)
        : state_{state}, transmitter_{transmitter},
          trains_{static_cast<std::size_t>(state.range(0))} {}
    ~Rounds() { state_.counters["cpu_ns"] = seconds_ * 1e9 / static_cast<double>(count_); }
    Rounds(const Rounds&) = delete;
    Rounds& operator=(const Rounds&) = delete;

    [[nodiscard]] std::size_t datagrams() const { return trains_ * in_train; }
    void begin() {
        transmitter_.start(trains_);
        begin_ = cpu_seconds();
    }
    void end() {
        const double seconds = cpu_seconds() - begin_;
        state_.SetIterationTime(seconds);
        seconds_ += seconds;
        count_ += datagrams();
    }

private:
    benchmark::State& state_;
    Transmitter& transmitter_;
    std::size_t trains_;
    double begin_ = 0;
    double seconds_ = 0;
    std::size_t count_ = 0;
};

struct Chunk {
    std::vector<std::byte> bytes = std::vector<std::byte>(in_chunk * payload);
    std::vector<std::uint8_t> present = std::vector<std::uint8_t>(in_chunk);
};
using Ring = juggle::ResourceRing<Chunk>;
using Window = juggle::asio::PacketWindow<Ring::Allocation>;

/// Places by the sequence number in the header, in the chunks of a ring.
Task<> place(PacketReceiver<>& receiver, Ring& ring, Window& window, std::size_t count) {
    for (std::size_t received = 0; received < count;) {
        co_await receiver.receive();
        while (const auto packet = receiver.next()) {
            std::uint64_t sequence = 0;
            std::memcpy(&sequence, packet->data(), header);
            Window::Place place = window.place(sequence);
            while (place.needs_chunk) {
                while (window.must_take()) {
                    window.take().chunk.ready();
                }
                Ring::Allocation ticket = co_await ring.acquire();
                Chunk& chunk = *ticket;
                window.open(std::move(ticket), chunk.present);
                place = window.place(sequence);
            }
            if (place) {
                std::memcpy(&(*place.chunk)->bytes[place.index * payload], packet->data() + header,
                            payload);
            }
            ++received;
        }
    }
}

/// Without headers: the kernel writes into the chunks.
Task<> fill(PacketReceiver<>& receiver, Ring& ring, std::size_t count) {
    for (std::size_t left = count * length; left != 0;) {
        Ring::Allocation ticket = co_await ring.acquire();
        std::span<std::byte> memory{ticket->bytes};
        while (!memory.empty() && left != 0) {
            const std::size_t bytes =
                co_await receiver.receive_into(memory.first(std::min(left, memory.size())));
            memory = memory.subspan(bytes);
            left -= bytes;
        }
        ticket.ready();
    }
}

Task<> receive_rounds(benchmark::State& state, Sockets& sockets,
                      PacketReceiverOptions::Method method, bool places) {
    PacketReceiver receiver{sockets.to, {.method = method}};
    Transmitter transmitter{sockets.from};
    Rounds rounds{state, transmitter};
    Ring ring{4, [](std::size_t) { return Chunk{}; }};
    Window window{{.packets_per_chunk = in_chunk, .max_open = 2}};
    const auto round = [&]() -> Task<> {
        return places ? place(receiver, ring, window, rounds.datagrams())
                      : fill(receiver, ring, rounds.datagrams());
    };
    for (int warm_up = 0; warm_up < measure::warm_up; ++warm_up) {
        rounds.begin();
        co_await round();
    }
    const measure::Allocations allocations{state};
    while (state.KeepRunning()) {
        rounds.begin();
        co_await round();
        rounds.end();
    }
    while (!window.empty()) {
        window.take().chunk.ready();
    }
    if (receiver.counts().dropped != 0) {
        state.SkipWithError("packets were lost");
    }
}

template <PacketReceiverOptions::Method method, bool places>
void receive(benchmark::State& state) {
    measure::or_skip(state, [&state] {
        asio::io_context context;
        Sockets sockets{context};
        juggle::asio::Loop loop{context};
        juggle::ExecutorOptions options;
        options.idle = &loop;
        juggle::Executor executor{options};
        executor.run(receive_rounds(state, sockets, method, places));
    });
}

/// By hand, with calls that block: `read` reads at least one datagram to the places that the chunk
/// has, and gives how many.
template <class Read>
void receive_by_hand(benchmark::State& state, Read read) {
    measure::or_skip(state, [&] {
        asio::io_context context;
        Sockets sockets{context};
        Transmitter transmitter{sockets.from};
        Rounds rounds{state, transmitter};
        std::vector<std::byte> chunks(4 * in_chunk * length);
        std::size_t at = 0;
        for (auto _ : state) {
            rounds.begin();
            for (std::size_t received = 0; received < rounds.datagrams();) {
                const std::size_t count =
                    read(sockets.to.native_handle(), &chunks[at * length], 4 * in_chunk - at);
                received += count;
                at = (at + count) % (4 * in_chunk);
            }
            rounds.end();
        }
    });
}

std::size_t read_one(int socket, std::byte* memory, std::size_t) {
    if (::recv(socket, memory, length, 0) < 0) {
        throw std::system_error{errno, std::generic_category(), "recv"};
    }
    return 1;
}

std::size_t read_many(int socket, std::byte* memory, std::size_t room) {
    std::array<iovec, 64> pieces;
    std::array<mmsghdr, 64> messages{};
    const std::size_t count = std::min(room, pieces.size());
    for (std::size_t index = 0; index < count; ++index) {
        pieces[index] = {memory + index * length, length};
        messages[index].msg_hdr.msg_iov = &pieces[index];
        messages[index].msg_hdr.msg_iovlen = 1;
    }
    const int read =
        ::recvmmsg(socket, messages.data(), static_cast<unsigned>(count), MSG_WAITFORONE, nullptr);
    if (read < 0) {
        throw std::system_error{errno, std::generic_category(), "recvmmsg"};
    }
    return static_cast<std::size_t>(read);
}

/// What the sending thread costs, the loopback's way to the receiver's socket among it.
template <class Send>
void send_rounds(benchmark::State& state, Sockets& sockets, Send send) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(state.range(0)) * in_train * length);
    std::vector<std::byte> memory(1 << 16);
    sockets.to.non_blocking(true);
    double seconds = 0;
    for (auto _ : state) {
        const double begin = cpu_seconds();
        send(bytes);
        const double round = cpu_seconds() - begin;
        state.SetIterationTime(round);
        seconds += round;
        asio::error_code ended;
        while (!ended) {
            (void)sockets.to.receive(asio::buffer(memory), 0, ended);
        }
    }
    state.counters["cpu_ns"] = seconds * 1e9 / static_cast<double>(bytes.size() / length) /
                               static_cast<double>(state.iterations());
}

template <PacketSenderOptions::Method method>
void send(benchmark::State& state) {
    measure::or_skip(state, [&state] {
        asio::io_context context;
        Sockets sockets{context};
        juggle::asio::Loop loop{context};
        juggle::ExecutorOptions options;
        options.idle = &loop;
        juggle::Executor executor{options};
        PacketSender sender{sockets.from, {.method = method}};
        send_rounds(state, sockets, [&](std::span<const std::byte> bytes) {
            executor.run(sender.send(bytes, length));
        });
    });
}

void send_by_hand(benchmark::State& state) {
    measure::or_skip(state, [&state] {
        asio::io_context context;
        Sockets sockets{context};
        send_rounds(state, sockets, [&](std::span<const std::byte> bytes) {
            for (; !bytes.empty(); bytes = bytes.subspan(length)) {
                (void)::send(sockets.from.native_handle(), bytes.data(), length, 0);
            }
        });
    });
}

}  // namespace

void register_packets_benchmarks() {
    using Read = PacketReceiverOptions::Method;
    using Write = PacketSenderOptions::Method;
    const auto add = [](const char* name, void (*function)(benchmark::State&)) {
        benchmark::RegisterBenchmark(name, function)->Arg(1)->Arg(16)->UseManualTime();
    };
    add("packets/place_gro", receive<Read::gro, true>);
    add("packets/fill_gro", receive<Read::gro, false>);
    add("packets/place_recvmmsg", receive<Read::recvmmsg, true>);
    add("packets/place_recv", receive<Read::recv, true>);
    add("reference/packets_recvmmsg",
        [](benchmark::State& state) { receive_by_hand(state, read_many); });
    add("reference/packets_recv",
        [](benchmark::State& state) { receive_by_hand(state, read_one); });
    add("packets/send_gso", send<Write::gso>);
    add("packets/send_sendmmsg", send<Write::sendmmsg>);
    add("reference/packets_send", send_by_hand);
}
