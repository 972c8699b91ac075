#!/usr/bin/env python3
"""Tests of the live part of `waterfall`: samples from the network, and browsers that look on.

    WATERFALL=build/release/demos/waterfall tests/programs/waterfall_live_test.py [Class[.test]]
"""

import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import numpy as np

import browser
from example_test import HANG_GUARD
from sample_server import RTL_TCP_HEADER, SampleServer, paced
from waterfall_test import WaterfallTest, make_bytes
from websocket_client import BINARY, CLOSE, PING, TEXT, WebSocketClient

MAX_CONNECTIONS = 64
HTTP_PATIENCE = 5  # seconds
SANITIZED = "WATERFALL_SANITIZED" in os.environ


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class LiveTest(WaterfallTest):
    OPTIONS = ("--channels", 64, "--integrate", 2, "--chunk", 1000)

    def sample_server(self, parts, **options):
        server = SampleServer(parts, **options)
        self.addCleanup(server.close)
        return server

    def start_live(self, *arguments):
        """What it prints can be read by `self.printed()`."""
        self.output = tempfile.TemporaryFile()
        self.addCleanup(self.output.close)
        process = subprocess.Popen(
            [self.program(), *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=self.output, stderr=subprocess.STDOUT, cwd=self.folder)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def printed(self):
        return os.pread(self.output.fileno(), 1 << 20, 0).decode()

    def wait_for(self, condition, process=None):
        """Until it is true; gives what it is then."""
        end = time.monotonic() + HANG_GUARD
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            if process is not None:
                self.assertIsNone(process.poll(), self.printed())
            time.sleep(0.01)
        self.fail(f"never so; {self.printed()}")

    def assert_ends(self, process, status=0):
        self.assertEqual(process.wait(HANG_GUARD), status, self.printed())
        return self.printed()

    def of_file(self, samples, *options):
        return self.spectra("--input", self.write("samples", samples), *options)


class NetworkInputs(LiveTest):
    """What comes by the network gives what it gives from a file."""

    def test_tcp(self):
        samples = make_bytes("ci16", 30_000)
        # Cut in the middle of samples.
        server = self.sample_server(
            lambda: (samples[i : i + 1001] for i in range(0, len(samples), 1001)))
        options = (*self.OPTIONS, "--format", "ci16")
        result = self.run_well("--tcp", f"127.0.0.1:{server.port}", *options, "--output", "live")
        self.assertIn("the server has closed the connection", result.stderr.decode())
        self.assertIn("0 samples lost", result.stdout.decode())
        np.testing.assert_array_equal(np.load(self.path("live.npy")),
                                      self.of_file(samples, *options))

    def test_rtl_tcp(self):
        samples = make_bytes("cu8", 30_000)
        server = self.sample_server(lambda: (RTL_TCP_HEADER[:5], RTL_TCP_HEADER[5:], samples))
        self.run_well("--rtl-tcp", f"localhost:{server.port}", *self.OPTIONS, "--output", "live",
                      "--sample-rate", 2.4e6, "--centre", 1090e6, "--gain", 49.6)
        np.testing.assert_array_equal(np.load(self.path("live.npy")),
                                      self.of_file(samples, *self.OPTIONS))
        self.assertEqual(
            list(struct.iter_unpack(">BI", server.received)),
            [(2, 2_400_000), (1, 1_090_000_000), (3, 1), (4, 496)])

    def test_a_receiver_that_is_not_to_be_tuned(self):
        server = self.sample_server(lambda: (RTL_TCP_HEADER, make_bytes("cu8", 5000)))
        self.run_well("--rtl-tcp", f"127.0.0.1:{server.port}", *self.OPTIONS)
        self.assertEqual(list(struct.iter_unpack(">BI", server.received)), [(2, 2_000_000), (3, 0)])

    def test_udp(self):
        samples = make_bytes("cu8", 30_000)
        port = free_port(socket.SOCK_DGRAM)
        process = self.start_live("--udp", port, *self.OPTIONS, "--output", "live", "--serve", 0)
        address = self.wait_for(lambda: re.search(r"http://\S+/", self.printed()), process)[0]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sent = 0
            for i in range(0, len(samples), 1472):
                # An odd byte at the end belongs to no sample.
                sender.sendto(samples[i : i + 1472] + b"x", ("127.0.0.1", port))
                sent += len(samples[i : i + 1472]) // 2
                self.wait_for(lambda: self.metric(address, "waterfall_samples_total") >= sent - 1000,
                              process)
        process.send_signal(signal.SIGINT)
        self.assertIn("0 samples lost", self.assert_ends(process))
        np.testing.assert_array_equal(np.load(self.path("live.npy")),
                                      self.of_file(samples, *self.OPTIONS))

    def metric(self, address, name):
        with urllib.request.urlopen(address + "metrics", timeout=HANG_GUARD) as page:
            return float(re.search(rf"^{name} (\S+)$", page.read().decode(), re.MULTILINE)[1])

    def test_a_connection_that_is_made_again(self):
        samples = make_bytes("cu8", 30_001)
        parts = [samples[:20_001], samples[20_002:]]  # the first ends in the middle of a sample
        server = self.sample_server(lambda: (RTL_TCP_HEADER, parts.pop(0)) if parts else ())
        process = self.start_live("--rtl-tcp", f"127.0.0.1:{server.port}", "--reconnect",
                                  *self.OPTIONS, "--output", "live")
        self.wait_for(lambda: server.clients == 3, process)  # the last one gets nothing
        process.send_signal(signal.SIGTERM)
        printed = self.assert_ends(process)
        self.assertIn("2 connections have ended", printed)
        whole = samples[:20_000] + samples[20_002:]
        np.testing.assert_array_equal(np.load(self.path("live.npy")),
                                      self.of_file(whole, *self.OPTIONS))

    def test_a_server_that_comes_later(self):
        port = free_port()
        process = self.start_live("--tcp", f"127.0.0.1:{port}", "--reconnect", "--serve", 0)
        self.wait_for(lambda: "shows it live" in self.printed(), process)
        server = self.sample_server(lambda: paced(bytes(10_000), 1e6), port=port)
        self.wait_for(lambda: server.clients == 1, process)
        process.send_signal(signal.SIGINT)
        self.assert_ends(process)

    def test_what_is_too_much_is_lost_and_counted(self):
        count = 20_000_000
        server = self.sample_server(lambda: (bytes(2 * count),))
        result = self.run_well("--tcp", f"127.0.0.1:{server.port}", "--sample-rate", 1000,
                               "--chunk", 500, "--channels", 16, "--output", "live")
        printed = result.stdout.decode()
        processed = int(re.search(r"^(\d+) samples, ", printed, re.MULTILINE)[1])
        lost = int(re.search(r"^(\d+) samples lost$", printed, re.MULTILINE)[1])
        self.assertGreater(lost, 0)
        self.assertEqual(processed + lost, count)

    def test_ctrl_c_while_nothing_comes(self):
        for server in (self.sample_server(lambda: (time.sleep(HANG_GUARD),)),
                       self.sample_server(lambda: paced(bytes(1000), 1e5))):
            with self.subTest(server=server.port):
                process = self.start_live("--tcp", f"127.0.0.1:{server.port}", "--output", "live")
                self.wait_for(lambda: server.clients == 1, process)
                process.send_signal(signal.SIGINT)
                self.assertIn("interrupted after", self.assert_ends(process))


class BadNetworkInput(LiveTest):
    def test_options(self):
        source = ("--rtl-tcp", "localhost")
        table = [
            (("--rtl-tcp", ""), "--rtl-tcp: ''"),
            (("--rtl-tcp", "radio:0"), "--rtl-tcp: 'radio:0' is not a host"),
            (("--rtl-tcp", "::1:1234"), r"--rtl-tcp: '::1:1234' is not .*\[::1\]:1234"),
            (("--rtl-tcp", "radio:99999"), "--rtl-tcp: 'radio:99999'"),
            (("--tcp", "radio"), "--tcp: 'radio'"),
            (("--udp", "0"), "--udp: '0'"),
            (("--udp", "radio"), "--udp: 'radio'"),
            ((*source, "--input", "x"), "--input|--rtl-tcp"),
            (("--udp", "5000", "--tcp", "a:1"), "--udp|--tcp"),
            ((*source, "--format", "ci16"), "--format: 'ci16'.*cu8"),
            ((*source, "--gain", "loud"), "--gain: 'loud' is not auto"),
            ((*source, "--gain", "1000"), "--gain: '1000'"),
            ((*source, "--sample-rate", "1e10"), r"--sample-rate: 1e\+10"),
            ((*source, "--centre", "-5"), "--centre: -5"),
            ((*source, "--centre", "5e9"), r"--centre: 5e\+09"),
            (("--generate", "1", "--gain", "3"), "--gain: .*--rtl-tcp"),
            (("--udp", "5000", "--reconnect"), "--reconnect: "),
            (("--generate", "1", "--serve", "localhost"), "--serve: 'localhost'"),
            (("--generate", "1", "--serve", "65536"), "--serve: '65536'"),
        ]
        for arguments, expected in table:
            with self.subTest(arguments=arguments):
                self.assertRegex(self.run_badly(*arguments), expected)
                self.assertEqual(os.listdir(self.folder), [])

    def test_places_that_cannot_be_had(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        port = taken.getsockname()[1]
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(datagrams.close)
        datagrams.bind(("127.0.0.1", 0))
        udp_port = datagrams.getsockname()[1]
        nobody = free_port()
        table = [
            (("--tcp", f"127.0.0.1:{nobody}"), f"--tcp: 127.0.0.1:{nobody}: Connection refused"),
            (("--rtl-tcp", f"[::1]:{nobody}"), rf"--rtl-tcp: \[::1\]:{nobody}: "),
            (("--tcp", "no-such-host.invalid:1"), "--tcp: no-such-host.invalid:1: "),
            (("--udp", udp_port), f"--udp: cannot listen on 127.0.0.1:{udp_port}: Address already"),
            (("--generate", 1, "--serve", port),
             f"--serve: cannot listen on 127.0.0.1:{port}: Address already"),
            (("--generate", 1, "--serve", "192.0.2.1:0"), "--serve: cannot listen on 192.0.2.1:0"),
        ]
        for arguments, expected in table:
            with self.subTest(arguments=arguments):
                self.assertRegex(self.run_badly(*arguments), expected)
                self.assertEqual(os.listdir(self.folder), [])

    def test_who_is_no_rtl_tcp_server(self):
        for parts in ((b"SSH-2.0-OpenSSH_9.2p1\r\n",), (b"RTL",), (), (b"HTTP/1.1 400 Bad Request",)):
            with self.subTest(parts=parts):
                server = self.sample_server(lambda parts=parts: parts)
                message = self.run_badly("--rtl-tcp", f"127.0.0.1:{server.port}")
                self.assertIn("is not an rtl_tcp server: it does not begin with RTL0", message)
                self.assertEqual(os.listdir(self.folder), [])


class ServedTest(LiveTest):
    RATE = 256_000

    def serve(self, *arguments, samples=None, **options):
        """Of a tone, or of other samples."""
        samples = self.tone() if samples is None else samples
        self.server = self.sample_server(lambda: paced(samples, 2 * self.RATE))
        return self.serve_again(0, *arguments, **options)

    def serve_again(self, port, *arguments, channels=64, integrate=8):
        process = self.start_live(
            *("--tcp", f"127.0.0.1:{self.server.port}", "--reconnect", "--serve", port),
            *("--sample-rate", self.RATE, "--centre", 100e6, "--channels", channels),
            *("--integrate", integrate, *arguments))
        printed = self.wait_for(lambda: re.search(r"(http://\S+:(\d+)/)", self.printed()), process)
        self.address, self.port = printed[1], int(printed[2])
        return process

    def tone(self, frequency=32_000):
        """Half of full scale above noise."""
        n = np.arange(self.RATE)
        random = np.random.default_rng(1)
        values = 0.5 * np.exp(2j * np.pi * frequency / self.RATE * n)
        values += 0.02 * (random.standard_normal(len(n)) + 1j * random.standard_normal(len(n)))
        pairs = np.stack([values.real, values.imag], axis=-1).ravel()
        return np.clip(np.round(pairs * 128 + 127.5), 0, 255).astype("u1").tobytes()

    def client(self, **options):
        client = WebSocketClient(self.port, **options)
        self.addCleanup(client.close)
        return client

    def get(self, path, headers=None, method="GET"):
        """Status, headers and content."""
        request = urllib.request.Request(self.address.rstrip("/") + path, method=method,
                                         headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=HANG_GUARD) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def exchange(self, request):
        """All that comes back until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=HANG_GUARD) as connection:
            connection.sendall(request)
            answer = b""
            try:
                while part := connection.recv(65536):
                    answer += part
            except ConnectionResetError:
                pass
            return answer

    def assert_well(self, process):
        """It still serves."""
        self.assertEqual(self.get("/metrics")[0], 200)
        client = self.client()
        self.assertEqual(json.loads(client.message()[1])["type"], "stream")
        client.close()
        process.send_signal(signal.SIGINT)
        self.assert_ends(process)


class Served(ServedTest):
    def test_what_is_there(self):
        process = self.serve()
        for path, kind, word in (("/", "text/html", "<canvas"), ("/style.css", "text/css", "#plot"),
                                 ("/script.js", "text/javascript", "use strict")):
            with self.subTest(path=path):
                status, headers, content = self.get(path)
                self.assertEqual(status, 200)
                self.assertTrue(headers["Content-Type"].startswith(kind))
                self.assertIn(word, content.decode())
                status, headers, nothing = self.get(path, method="HEAD")
                self.assertEqual((status, nothing), (200, b""))
                self.assertEqual(int(headers["Content-Length"]), len(content))
        self.assertEqual(self.get("/nothing")[0], 404)
        self.assertEqual(self.get("/rows")[0], 426)
        status, headers, _ = self.get("/", method="DELETE")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        self.assertEqual(self.get("/", headers={"Host": "evil.example"})[0], 403)
        self.assert_well(process)

    def test_the_page_needs_nothing_from_elsewhere(self):
        self.serve()
        for path in "/", "/style.css", "/script.js":
            with self.subTest(path=path):
                text = self.get(path)[2].decode()
                self.assertNotRegex(text, r"https?://|@import|url\(")

    def test_metrics_for_prometheus(self):
        try:
            from prometheus_client.parser import text_string_to_metric_families
        except ImportError:
            self.skipTest("no prometheus_client (Debian: python3-prometheus-client)")
        process = self.serve()
        client = self.client()
        client.message()
        self.wait_for(lambda: b"waterfall_rows_total 0\n" not in self.get("/metrics")[2], process)
        status, headers, page = self.get("/metrics")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        samples = {(sample.name, *sorted(sample.labels.items())): sample.value
                   for family in text_string_to_metric_families(page.decode())
                   for sample in family.samples}
        self.assertGreater(samples[("waterfall_samples_total",)], 0)
        self.assertEqual(samples[("waterfall_lost_samples_total",)], 0)
        self.assertEqual(samples[("waterfall_browsers",)], 1)
        self.assertGreater(samples[("juggle_ticks_total",)], 0)
        self.assertEqual(samples[("juggle_capacity", ("kind", "resource"), ("name", "carry"))], 1)
        self.assertGreater(
            samples[("waterfall_lane_busy_seconds_total", ("lane", "host thread"))], 0)

    def test_rows_are_those_of_the_file(self):
        samples = self.tone()
        process = self.serve("--output", "live", samples=samples)
        client = self.client()
        stream = json.loads(client.message()[1])
        self.assertEqual((stream["channels"], stream["row_samples"]), (64, 512))
        got = {}
        while len(got) < 500:
            kind, content = client.message()
            client.send(b"more")
            if kind == TEXT:
                continue
            self.assertEqual(kind, BINARY)
            count, channels, first, lost, skipped = struct.unpack("<IIQQQ", content[:32])
            self.assertEqual((channels, lost, skipped), (64, 0, 0))
            for i in range(count):
                self.assertNotIn(first + i, got)
                got[first + i] = np.frombuffer(content, "u1", 64, 32 + 64 * i)
        process.send_signal(signal.SIGINT)
        self.assert_ends(process)
        rows = np.load(self.path("live.npy"))
        for row, levels in got.items():
            decibels = 10 * np.log10(np.maximum(rows[row], 1e-30))
            expected = np.clip(np.round((decibels + 120) / 0.5), 1, 255)
            self.assertLessEqual(np.abs(levels - expected).max(), 1)  # one at the edge of a step
        self.assertEqual(int(np.argmax(got[max(got)])), 32 + 8)  # 32 kHz above the middle

    def test_a_page_that_asks_for_nothing_gets_four_messages(self):
        process = self.serve(integrate=1)
        slow, quick = self.client(), self.client()
        first = [slow.message() for _ in range(4)]
        for _ in range(100):  # for a quick one nothing has changed
            quick.message()
            quick.send(b"more")
        slow.socket.settimeout(0.3)
        self.assertRaises(TimeoutError, slow.message)
        slow.socket.settimeout(HANG_GUARD)
        last = max(struct.unpack("<Q", content[8:16])[0] for kind, content in first if kind == BINARY)
        while self.rows(process) < last + 5000:  # more than are kept
            quick.message()
            quick.send(b"more")
        slow.send(b"more")
        slow.send(b"more")
        messages = [slow.message(), slow.message()]
        headers = [struct.unpack("<IIQQQ", content[:32]) for kind, content in messages if kind == BINARY]
        self.assertGreater(headers[-1][4], 0, "it has missed some, and is told so")
        self.assertGreater(headers[-1][2], last + 500)
        self.assert_well(process)

    def rows(self, process):
        self.assertIsNone(process.poll())
        return int(re.search(rb"^waterfall_rows_total (\d+)$", self.get("/metrics")[2], re.MULTILINE)[1])

    def test_a_file_can_be_watched_as_well(self):
        process = self.start_live("--generate", 3600, "--serve", 0)
        printed = self.wait_for(lambda: re.search(r"(http://\S+:(\d+)/)", self.printed()), process)
        self.address, self.port = printed[1], int(printed[2])
        client = self.client()
        self.assertEqual(json.loads(client.message()[1])["source"], "generated")
        self.assert_well(process)
        self.assertEqual(os.listdir(self.folder), [])

    def test_ctrl_c_says_good_bye(self):
        process = self.serve()
        client = self.client()
        client.message()
        silent = socket.create_connection(("127.0.0.1", self.port))
        self.addCleanup(silent.close)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(client.until_closed(), 1001)
        self.assert_ends(process)
        self.assertEqual(silent.recv(1), b"")

    def test_it_listens_elsewhere_only_if_asked_to(self):
        process = self.serve()
        sockets = subprocess.run(["cat", "/proc/net/tcp"], capture_output=True, text=True).stdout
        self.assertIn(f"0100007F:{self.port:04X} 00000000:0000 0A", sockets)
        process.send_signal(signal.SIGINT)
        self.assert_ends(process)
        process = self.serve_again("0.0.0.0:0")
        self.address = f"http://127.0.0.1:{self.port}/"
        self.assertEqual(self.get("/", headers={"Host": "other.example"})[0], 200)
        self.assert_well(process)


class BadClients(ServedTest):
    def test_garbage_instead_of_http(self):
        process = self.serve()
        table = [
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b""),  # TLS
            (b"\0" * 1000, b"400"),
            (b"GET\r\n\r\n", b"400"),
            (b"GET / HTTP/9.9\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\n\r\n", b"400"),  # no host
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + 9000 * b"x" + b"\r\n\r\n", b"431"),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", b"413"),
            (b"GET /" + 20_000 * b"x", b"431"),
            (b"GET /rows HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             b"Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: x\r\n\r\n", b"4"),
        ]
        for request, status in table:
            with self.subTest(request=request[:40]):
                answer = self.exchange(request)
                if status:
                    self.assertTrue(answer.startswith(b"HTTP/1.1 " + status), answer[:100])
        self.assert_well(process)

    def test_garbage_behind_the_handshake(self):
        process = self.serve()
        bad = [
            (lambda client: client.send(b"less"), {1008}),
            (lambda client: client.send(b"more" * 100), {1009}),
            (lambda client: client.send(b"more", masked=False), {1002}),
            (lambda client: client.send(b"more", kind=5), {1002}),  # no such kind
            (lambda client: client.send(b"\xff\xff", kind=TEXT), {1007}),
            (lambda client: client.send(b"x" * 126, kind=PING), {1002}),
            (lambda client: client.send(b"x", kind=CLOSE), {1002}),
            (lambda client: client.socket.sendall(os.urandom(100_000)), {1002, 1007, 1008, 1009, None}),
            (lambda client: [client.send(b"m", kind=kind, final=False) for kind in (1, 0, 0, 1)],
             {1002}),
        ]
        for number, (misbehave, codes) in enumerate(bad):
            with self.subTest(number=number):
                client = self.client()
                client.message()
                try:
                    misbehave(client)
                except ConnectionError:
                    pass
                self.assertIn(client.until_closed(), codes)
        self.assert_well(process)

    def test_a_page_of_another_server(self):
        process = self.serve()
        self.assertEqual(self.client(headers=["Origin: http://evil.example"]).status, 403)
        good = self.client(headers=[f"Origin: http://localhost:{self.port}"])
        self.assertEqual(good.status, 101)
        self.assert_well(process)

    def test_silence(self):
        """Half-open connections cost a limited time."""
        process = self.serve()
        beginnings = (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: local")
        connections = []
        for words in beginnings:
            connection = socket.create_connection(("127.0.0.1", self.port), timeout=HANG_GUARD)
            self.addCleanup(connection.close)
            connection.sendall(words)
            connections.append(connection)
        drip = socket.create_connection(("127.0.0.1", self.port), timeout=HANG_GUARD)
        self.addCleanup(drip.close)
        start = time.monotonic()
        try:
            while time.monotonic() < start + 10 * HTTP_PATIENCE:
                drip.sendall(b"G")
                time.sleep(0.2)
        except ConnectionError:
            pass
        self.assertLess(time.monotonic() - start, 3 * HTTP_PATIENCE)
        for connection in connections:
            self.assertEqual(connection.recv(100), b"")
        self.assert_well(process)

    def test_a_page_that_never_reads(self):
        process = self.serve(integrate=1)
        bad = self.client()
        bad.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        good = self.client()
        rows = 0
        for _ in range(200):
            bad.send(b"more")
            kind, content = good.message()
            good.send(b"more")
            if kind == BINARY:
                count, _, first, _, skipped = struct.unpack("<IIQQQ", content[:32])
                self.assertEqual(skipped, 0)
                rows += count
        self.assertGreater(rows, 1000)
        if not SANITIZED:
            self.assertLess(self.resident(process), 300 << 20)
        self.assert_well(process)

    def resident(self, process):
        with open(f"/proc/{process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def test_a_page_that_does_not_answer_pings_is_given_up(self):
        process = self.serve()
        client = self.client()
        while client.message()[0] != PING:
            pass
        start = time.monotonic()
        client.until_closed()
        self.assertLess(time.monotonic() - start, HANG_GUARD / 2)
        self.assert_well(process)

    def test_too_many_connections(self):
        process = self.serve()
        many = []
        for _ in range(MAX_CONNECTIONS):
            many.append(self.client())
            self.assertEqual(many[-1].status, 101)
        answer = self.exchange(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 503 "), answer)
        self.assertIn(b"there are too many connections", answer)
        many.pop().close()
        self.wait_for(lambda: self.exchange(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").startswith(
                b"HTTP/1.1 200 "), process)
        for client in many:
            client.close()
        self.wait_for(lambda: b"waterfall_browsers 0\n" in self.get("/metrics")[2], process)
        self.assert_well(process)

    def test_a_thousand_connections_one_after_the_other(self):
        process = self.serve()
        self.wait_for(lambda: self.server.clients == 1, process)
        before = len(os.listdir(f"/proc/{process.pid}/fd"))
        for i in range(1000):
            if i % 4 == 0:
                client = WebSocketClient(self.port)
                client.message()
                client.close()
            else:
                with socket.create_connection(("127.0.0.1", self.port)) as connection:
                    if i % 4 == 1:
                        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.wait_for(lambda: b"waterfall_browsers 0\n" in self.get("/metrics")[2], process)
        self.wait_for(lambda: len(os.listdir(f"/proc/{process.pid}/fd")) <= before + 3, process)
        self.assert_well(process)

    @unittest.skipIf(SANITIZED, "Clang's check of virtual calls needs descriptors of its own")
    def test_no_descriptors_are_left(self):
        process = self.serve()
        self.wait_for(lambda: self.server.clients == 1, process)
        used = len(os.listdir(f"/proc/{process.pid}/fd"))
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (used + 5, used + 5))
        waiting = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(20)]
        self.wait_for(lambda: len(os.listdir(f"/proc/{process.pid}/fd")) == used + 5, process)
        for connection in waiting:
            connection.close()
        self.wait_for(lambda: self.get("/")[0] == 200, process)
        self.assert_well(process)

    def test_many_at_once(self):
        process = self.serve()
        clients = []
        for _ in range(500):
            connection = socket.create_connection(("127.0.0.1", self.port), timeout=HANG_GUARD)
            clients.append(connection)
            connection.sendall(b"GET /rows HTTP/1.1\r\nHost: localhost\r\n")  # and no end
        for connection in clients:
            connection.close()
        self.assert_well(process)


@unittest.skipUnless(browser.find(), "no browser (Debian: chromium)")
class InABrowser(ServedTest):
    """The page in a real browser."""

    def setUp(self):
        super().setUp()
        self.browser = browser.Browser()
        self.addCleanup(self.browser.close)

    def open(self, **size):
        self.browser.open(self.address, **size)
        self.browser.wait_until("document.body && document.body.dataset.state === 'live'")
        self.wait_for_levels()

    # What is drawn: in a line of pixels through the waterfall, brightest places and colours.
    BRIGHTEST = """(() => {
        const canvas = document.getElementById('plot'), box = canvas.getBoundingClientRect();
        const ratio = canvas.width / box.width;
        const y = Math.round(box.height * 0.5 * ratio);
        const {data} = canvas.getContext('2d').getImageData(0, y, canvas.width, 1);
        const right = Math.round(canvas.width * 0.9);
        let best = -1, sum = 0, weight = 0, first = -1, last = -1;
        for (let x = 0; x < right; ++x) {
            const light = data[4 * x] + data[4 * x + 1];
            if (light > best) { best = light; first = x; }
            if (light === best) last = x;
        }
        return {x: (first + last) / 2 / ratio, light: best};
    })()"""

    def wait_for_levels(self):
        """Until the tone is about as bright as anything can be, on the scale of what is there now: the
        page's own may be of a moment in which a busy machine had something else to show."""
        try:
            self.browser.wait_until("(document.getElementById('auto').click(), "
                                    f"{self.BRIGHTEST}.light > 350)")
        except TimeoutError:
            page = self.browser.evaluate("document.body.innerText")
            scale = [self.browser.evaluate(f"document.getElementById('{end}').value")
                     for end in ("dark", "bright")]
            self.fail(f"{self.browser.evaluate(self.BRIGHTEST)}, {scale}, {page}")

    def text(self, element):
        return self.browser.evaluate(f"document.getElementById('{element}').textContent")

    def readout_at(self, x, y):
        self.browser.mouse("mouseMoved", x, y)
        return self.browser.wait_until("document.getElementById('readout').textContent.trim()")

    def canvas(self):
        return self.browser.evaluate(
            "(({left, top, width, height}) => ({left, top, width, height}))"
            "(document.getElementById('plot').getBoundingClientRect())")

    def frequency_at_brightest(self):
        box, brightest = self.canvas(), self.browser.evaluate(self.BRIGHTEST)
        words = self.readout_at(box["left"] + brightest["x"], box["top"] + box["height"] * 0.5)
        match = re.fullmatch(r"([\d.]+) MHz, −([\d.]+) s, (-[\d.]+) dBFS", words)
        self.assertIsNotNone(match, words)
        return float(match[1]), float(match[3])

    def test_a_tone_is_where_it_belongs(self):
        process = self.serve()
        self.open()
        frequency, level = self.frequency_at_brightest()
        self.assertAlmostEqual(frequency, 100.032, delta=0.001)
        self.assertAlmostEqual(level, -6, delta=1)
        words = self.text("band")
        self.assertRegex(words, r"100\.\d+ ± 0\.128 MHz, 64 channels, a row is 2 ms")
        self.assertRegex(self.text("counts"), r"lost samples0.*rows skipped here0.*browsers1")
        for lane in "input buffer", "upload", "compute", "download", "write", "host thread":
            self.browser.wait_until(
                f"document.getElementById('lanes').textContent.includes('{lane}')")
        self.assertEqual(self.browser.complaints, [])
        self.assert_well(process)

    def test_keys(self):
        self.serve()
        self.open()
        press = self.browser.press
        for _ in range(3):
            press("+")
        box = self.canvas()
        left = self.readout_at(box["left"] + box["width"] * 0.1, box["top"] + box["height"] * 0.5)
        press("ArrowRight")
        self.browser.mouse("mouseMoved", box["left"] + box["width"] * 0.1 + 1,
                           box["top"] + box["height"] * 0.5)
        self.browser.wait_until(
            f"parseFloat(document.getElementById('readout').textContent) > {float(left.split()[0])}")
        press("0")
        press("p")
        self.assertEqual(self.pressed("peak"), "true")
        press(" ", " ")
        self.browser.wait_until("document.body.dataset.state === 'paused'")
        self.assertEqual(self.pressed("pause"), "true")
        still = self.browser.screenshot_of("plot")
        rows = self.rows()
        while self.rows() < rows + 200:
            pass
        self.assertEqual(self.browser.screenshot_of("plot"), still, "it stands still")
        press("ArrowDown")
        press(" ", " ")
        self.browser.wait_until("document.body.dataset.state === 'live'")
        press("?")
        self.assertFalse(self.browser.evaluate("document.getElementById('keys').hidden"))
        dark = int(self.browser.evaluate("document.getElementById('dark').value"))
        press("2")
        self.assertEqual(int(self.browser.evaluate("document.getElementById('dark').value")), dark + 3)
        for key in "[]a34r1-=?":
            press(key)
        for key in "ArrowUp", "ArrowDown", "ArrowLeft":
            press(key, shift=True)
        self.assertEqual(self.browser.complaints, [])

    def rows(self):
        return int(re.search(rb"^waterfall_rows_total (\d+)$", self.get("/metrics")[2], re.MULTILINE)[1])

    def pressed(self, button):
        return self.browser.evaluate(
            f"document.getElementById('{button}').getAttribute('aria-pressed')")

    def test_the_wheel_zooms_at_the_pointer(self):
        self.serve()
        self.open()
        box = self.canvas()
        brightest = self.browser.evaluate(self.BRIGHTEST)
        x, y = box["left"] + brightest["x"], box["top"] + box["height"] * 0.5
        before = float(self.readout_at(x, y).split()[0])
        for _ in range(6):
            self.browser.mouse("mouseWheel", x, y, deltaX=0, deltaY=-100)
        self.wait_for_levels()
        after = float(self.readout_at(x, y + 1).split()[0])
        self.assertAlmostEqual(before, after, delta=0.001)

    def test_on_a_telephone(self):
        self.serve()
        self.open(width=360, height=740, scale=2, mobile=True)
        self.assertEqual(self.browser.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0)
        outside = self.browser.evaluate(
            "[...document.querySelectorAll('button, input, canvas')].filter((one) => {"
            "  const box = one.getBoundingClientRect();"
            "  return box.left < 0 || box.right > innerWidth || box.width === 0; }).length")
        self.assertEqual(outside, 0)
        frequency, _ = self.frequency_at_brightest()
        self.assertAlmostEqual(frequency, 100.032, delta=0.002)

    def test_the_server_is_started_again(self):
        process = self.serve()
        self.open()
        process.kill()
        process.wait(HANG_GUARD)
        self.browser.wait_until("document.body.dataset.state === 'connecting'")
        self.assertIn("trying again", self.text("state"))
        process = self.serve_again(self.port, channels=128)
        self.browser.wait_until("document.body.dataset.state === 'live'")
        self.browser.wait_until("document.getElementById('band').textContent.includes('128 channels')")
        self.wait_for_levels()
        frequency, _ = self.frequency_at_brightest()
        self.assertAlmostEqual(frequency, 100.032, delta=0.001)
        self.assert_well(process)

    def test_the_source_goes_away(self):
        self.serve()
        self.open()
        port = self.server.port
        self.server.close()
        self.browser.wait_until("document.getElementById('state').textContent.includes('trying again')")
        self.assertEqual(self.browser.evaluate("document.body.dataset.state"), "connecting")
        self.assertIn(f"127.0.0.1:{port}", self.text("state"))


if __name__ == "__main__":
    unittest.main()
