// One thread waits for a socket and a device: datagrams come in, go through the device, and back.
#include <juggle/asio.hpp>
#include <juggle/juggle.hpp>
#include <juggle/opencl.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include <asio.hpp>

namespace jcl = juggle::opencl;
using asio::ip::udp;
using juggle::asio::use_task;

constexpr std::size_t longest = 65536;  // no datagram has more: none is cut

juggle::Task<> echo(udp::socket socket) {
    const cl::Context context{CL_DEVICE_TYPE_ALL};
    const cl::CommandQueue queue{context};
    const cl::Buffer buffer{context, CL_MEM_READ_WRITE, longest};
    std::string bytes(longest, '\0');
    const jcl::FinishAtEnd commands_end_before_the_bytes{queue, bytes};
    for (;;) {
        udp::endpoint sender;
        const std::size_t count =
            co_await socket.async_receive_from(asio::buffer(bytes), sender, use_task);
        if (count > 0) {  // a datagram may be empty; a command of a device may not
            queue.enqueueWriteBuffer(buffer, CL_FALSE, 0, count, bytes.data());
            queue.enqueueReadBuffer(buffer, CL_FALSE, 0, count, bytes.data());
            co_await jcl::finish(queue);  // meanwhile the thread is free for others
        }
        co_await socket.async_send_to(asio::buffer(bytes.data(), count), sender, use_task);
    }
}

juggle::Task<> talk(asio::io_context& context) {
    udp::socket server{context, {asio::ip::address_v4::loopback(), 0}};
    udp::socket client{context, {asio::ip::address_v4::loopback(), 0}};
    client.connect(server.local_endpoint());
    auto echoes = juggle::Executor::current()->spawn(echo(std::move(server)));
    for (const std::string_view text : {"one", "two", "three"}) {
        co_await client.async_send(asio::buffer(text), use_task);
        std::array<char, 64> answer{};
        const std::size_t count = co_await client.async_receive(asio::buffer(answer), use_task);
        std::printf("%.*s\n", static_cast<int>(count), answer.data());
    }
    echoes.request_stop();  // its wait for the next datagram ends
}

int main() {
    asio::io_context context;
    juggle::asio::Loop loop{context};  // where the executor sleeps
    juggle::Executor executor{{.idle = &loop}};
    executor.run(talk(context));
}

// prints:
// one
// two
// three
