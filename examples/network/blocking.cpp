// A loop that blocks three times a chunk: for the network, for the device, and for the network.

#include "chunk.hpp"
#include "modes.hpp"

namespace network {

// [blocking]
void run_blocking(Device& device, asio::ip::tcp::socket socket) {
    Chunk chunk;
    for (;;) {
        asio::error_code error;
        asio::read(socket, asio::buffer(chunk.samples), error);  // the thread sleeps here
        if (error == asio::error::eof) {
            return;
        }
        if (error) {
            throw asio::system_error{error};
        }

        device.enqueue_triple(chunk.samples);
        device.queue.finish();  // here

        asio::write(socket, asio::buffer(chunk.samples));  // and here
    }
}
// [/blocking]

}  // namespace network
