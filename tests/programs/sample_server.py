"""A server that sends samples, for programs that receive them: with the protocol of rtl_tcp, or bare."""

import socket
import struct
import threading
import time

RTL_TCP_HEADER = b"RTL0" + struct.pack(">II", 5, 29)


class SampleServer:
    """Each client gets the parts that `parts()` gives, one after the other, and then the connection ends; or, if
    the client leaves before, that is its end."""

    def __init__(self, parts, port=0):
        self.parts = parts
        self.clients = 0
        self.received = b""  # from all of them
        self.current = None
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.clients += 1
            self.current = client
            with client:
                reader = threading.Thread(target=self.read, args=(client,), daemon=True)
                reader.start()
                try:
                    for part in self.parts():
                        client.sendall(part)
                    client.shutdown(socket.SHUT_WR)
                    reader.join(60)
                except OSError:
                    pass

    def read(self, client):
        try:
            while part := client.recv(4096):
                self.received += part
        except OSError:
            pass

    def close(self):
        """Nobody else can connect, and who is connected is not any more."""
        if self.listener.fileno() < 0:
            return
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        if self.current is not None:
            try:
                self.current.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join(10)


def paced(samples, bytes_a_second, repeat=True):
    """Parts of them, again and again, as fast as a receiver brings them."""
    start, sent = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - start) * bytes_a_second) - sent
        if due < bytes_a_second // 100:
            time.sleep(0.01)
            continue
        at = sent % len(samples)
        part = samples[at : at + due]
        yield part
        sent += len(part)
        if not repeat and sent >= len(samples):
            return
