"""A client of a WebSocket that can also behave badly (RFC 6455)."""

import base64
import os
import socket
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class WebSocketClient:
    def __init__(self, port, path="/rows", headers=(), patience=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        self.unread = b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: localhost:{port}", "Upgrade: websocket",
                 "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
                 *headers, "", ""]
        self.socket.sendall("\r\n".join(lines).encode())
        while b"\r\n\r\n" not in self.unread:
            self.receive()
        head, self.unread = self.unread.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])

    def close(self):
        self.socket.close()

    def receive(self):
        part = self.socket.recv(1 << 20)
        if not part:
            raise EOFError
        self.unread += part

    def take(self, count):
        while len(self.unread) < count:
            self.receive()
        taken, self.unread = self.unread[:count], self.unread[count:]
        return taken

    def message(self):
        """Kind and content of the next one; pings are not answered."""
        first, length = self.take(2)
        assert first & 0x80 and not length & 0x80, "whole, and not masked"
        if length == 126:
            (length,) = struct.unpack(">H", self.take(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.take(8))
        return first & 0x0F, self.take(length)

    def until_closed(self):
        """The code of the close frame that comes at last; nothing if there is none."""
        try:
            while True:
                kind, content = self.message()
                if kind == CLOSE:
                    return struct.unpack(">H", content[:2])[0] if content else None
        except (EOFError, ConnectionError):
            return None

    def send(self, content, kind=TEXT, masked=True, final=True):
        frame = bytes([(0x80 if final else 0) | kind])
        assert len(content) < 65536
        flag = 0x80 if masked else 0
        if len(content) < 126:
            frame += bytes([flag | len(content)])
        else:
            frame += bytes([flag | 126]) + struct.pack(">H", len(content))
        if masked:
            mask = os.urandom(4)
            frame += mask
            content = bytes(byte ^ mask[i % 4] for i, byte in enumerate(content))
        self.socket.sendall(frame + content)
