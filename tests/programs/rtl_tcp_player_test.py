#!/usr/bin/env python3
"""Tests of the program `rtl_tcp_player`, from the outside.

    RTL_TCP_PLAYER=build/release/demos/rtl_tcp_player tests/programs/rtl_tcp_player_test.py [Class[.test]]
"""

import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
import unittest

from example_test import HANG_GUARD, ExampleTest

HEADER = b"RTL0" + struct.pack(">II", 5, 29)
FREQUENCY, SAMPLE_RATE, MANUAL_GAIN, GAIN = 1, 2, 3, 4
RATE = 1_000_000


class PlayerTest(ExampleTest):
    name = "rtl_tcp_player"

    def setUp(self):
        super().setUp()
        self.samples = random.Random(1).randbytes(200_000)
        (self.folder / "samples").write_bytes(self.samples)

    def play(self, *arguments):
        process = self.start("--input", "samples", "--listen", 0, "--sample-rate", RATE, *arguments)
        line = process.stdout.readline()
        match = re.fullmatch(r"plays samples on 127\.0\.0\.1:(\d+)\n", line)
        self.assertIsNotNone(match, line)
        self.port = int(match[1])
        return process

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.port), timeout=HANG_GUARD)
        self.addCleanup(client.close)
        return client

    def read(self, client, count):
        data = b""
        while len(data) < count:
            part = client.recv(count - len(data))
            if not part:
                break
            data += part
        return data

    def end(self, process, number=signal.SIGINT):
        process.send_signal(number)
        rest, messages = process.communicate(timeout=HANG_GUARD)
        self.assertEqual((process.returncode, messages), (0, ""))
        return rest


class Player(PlayerTest):
    def test_the_header_and_the_file(self):
        process = self.play()
        client = self.connect()
        self.assertEqual(self.read(client, 1 << 20), HEADER + self.samples)
        printed = self.end(process)
        self.assertIn("has got all", printed)
        self.assertIn("has got 100000 samples\n", printed)

    def test_again_and_again(self):
        process = self.play("--repeat")
        client = self.connect()
        client.sendall(struct.pack(">BI", SAMPLE_RATE, 10_000_000))
        expected = HEADER + 3 * self.samples
        self.assertEqual(self.read(client, len(expected)), expected)
        self.end(process, signal.SIGTERM)

    def test_one_client_after_the_other_from_the_beginning(self):
        process = self.play("--repeat")
        for _ in range(3):
            client = self.connect()
            self.assertEqual(self.read(client, 5000), (HEADER + self.samples)[:5000])
            client.close()
        waiting = self.connect()  # while another one is served
        client.close()
        self.assertEqual(self.read(waiting, 12), HEADER)
        self.end(process)

    def test_what_is_set_is_printed(self):
        process = self.play("--repeat")
        client = self.connect()
        commands = [(FREQUENCY, 1_090_000_000), (MANUAL_GAIN, 1), (GAIN, 496), (0x7F, 3),
                    (SAMPLE_RATE, 0), (SAMPLE_RATE, 0xFFFFFFFF), (SAMPLE_RATE, 2_400_000)]
        data = b"".join(struct.pack(">BI", *command) for command in commands)
        for i in range(0, len(data), 3):  # cut anywhere
            client.sendall(data[i : i + 3])
        printed = self.read_until(process, "sets sample rate 2400000 Hz")
        for words in ("sets frequency 1090000000 Hz", "sets gain set by hand", "sets gain 49.6 dB",
                      "sets unknown command 0x7f with 3", "cannot set sample rate 0 Hz",
                      "cannot set sample rate 4294967295 Hz"):
            self.assertIn(words, printed)
        self.end(process)

    def test_as_fast_as_the_client_wants(self):
        """Not faster: a slow machine may be slower."""
        process = self.play("--repeat")
        client = self.connect()
        client.sendall(struct.pack(">BI", SAMPLE_RATE, 200_000))
        self.read_until(process, "sets sample rate 200000 Hz")
        self.read(client, 12 + 40_000)
        start = time.monotonic()
        self.read(client, 400_000)
        self.assertGreater(time.monotonic() - start, 0.8)
        self.end(process)

    def test_a_client_that_takes_nothing(self):
        process = self.play("--repeat")
        client = self.connect()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(struct.pack(">BI", SAMPLE_RATE, 100_000_000))
        printed = self.read_until(process, "has got .* samples")
        self.assertIn("takes nothing, and is not waited for any longer", printed)
        self.assertEqual(self.read(self.connect(), 12), HEADER)  # others have their turn
        self.end(process)

    def test_what_a_client_is_too_slow_for_is_lost(self):
        process = self.play("--repeat")
        client = self.connect()
        client.sendall(struct.pack(">BI", SAMPLE_RATE, 50_000_000))
        self.read_until(process, "sets sample rate")
        time.sleep(2)
        drain = 0
        while drain < 50_000_000:
            drain += len(client.recv(1 << 20))
        self.read_until(process, r"is too slow: \d+ samples are lost to it")
        client.close()
        self.assertRegex(self.read_until(process, "has got"), r"and lost \d+")
        self.end(process)

    def test_rtl_433_of_debian(self):
        if shutil.which("rtl_433") is None:
            self.skipTest("no rtl_433 (Debian: rtl-433)")
        process = self.play("--repeat")
        client = subprocess.run(
            ["rtl_433", "-d", f"rtl_tcp:127.0.0.1:{self.port}", "-f", "433.92M", "-s", "1024k",
             "-g", "20", "-T", "2"], capture_output=True, text=True, timeout=HANG_GUARD)
        self.assertIn(f"rtl_tcp connected to 127.0.0.1:{self.port} (Tuner: R820T)",
                      client.stdout + client.stderr)
        printed = self.read_until(process, "has got [1-9]")
        for words in ("sets sample rate 1024000 Hz", "sets gain 20.0 dB",
                      "sets frequency 433920000 Hz"):
            self.assertIn(words, printed)
        self.end(process)


class BadInput(PlayerTest):
    def test_each_mistake_is_named(self):
        (self.folder / "empty").write_bytes(b"")
        (self.folder / "half").write_bytes(b"x")
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        port = taken.getsockname()[1]
        good = ("--input", "samples")
        table = [
            ((), "--input is needed"),
            (("--input", "missing"), "--input: cannot open 'missing': No such file"),
            (("--input", "."), r"--input: '\.' is not a file with a sample"),
            (("--input", "empty"), "--input: 'empty'"),
            (("--input", "half"), "--input: 'half'"),
            ((*good, "--listen", "radio"), "--listen: 'radio' is not a port"),
            ((*good, "--listen", "65536"), "--listen: '65536'"),
            ((*good, "--listen", str(port)), f"--listen: cannot listen on 127.0.0.1:{port}: Address"),
            ((*good, "--sample-rate", "0"), "--sample-rate: '0'"),
            ((*good, "--sample-rate", "nan"), "--sample-rate: 'nan'"),
            ((*good, "stray"), "stray"),
        ]
        for arguments, expected in table:
            with self.subTest(arguments=arguments):
                self.assertRegex(self.run_badly(*arguments), expected)

    def test_output_that_cannot_be_written(self):
        self.assertIn("cannot write to standard output", self.run_into_full_device("--help"))


if __name__ == "__main__":
    unittest.main()
