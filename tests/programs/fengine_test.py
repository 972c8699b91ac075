#!/usr/bin/env python3
"""Tests of the program `fengine`, against NumPy and from the outside: a peer sends samples to it and
receives what it makes of them.

    FENGINE=build/release/demos/fengine tests/programs/fengine_test.py [Class[.test]]

The peer is this project's own (demos/fengine/spead.py), so that no package from elsewhere is needed.
The class Spead2 has spead2 in its place, as sender and as receiver, and compares the two; it is
skipped where spead2 cannot be imported (`pip install spead2`).
"""

import logging
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

import numpy as np

import torture
from example_test import HANG_GUARD, NOISE, ExampleTest

FENGINE = pathlib.Path(__file__).resolve().parents[2] / "demos" / "fengine"
sys.path.insert(0, str(FENGINE))
sys.dont_write_bytecode = True
import reference  # noqa: E402
import spead  # noqa: E402

try:
    import spead2
    import spead2.recv
    import spead2.send

    logging.getLogger("spead2").setLevel(logging.ERROR)  # sockets' buffers are as large as they are
except ImportError:
    spead2 = None

HEAP = 256  # samples in a heap that is sent
CHUNK = 8192
CHANNELS, SPECTRA, TAPS = 64, 8, 8
BLOCK = CHANNELS * SPECTRA
GAIN = 500
SANITIZED = "FENGINE_SANITIZED" in os.environ


def noise(samples, sample_format="ci8", seed=1):
    """raw[polarisation, number, 2] in the type of the format."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 0.2, (2, samples, 2)).clip(-1, 0.99)
    dtype, zero, scale = reference.FORMATS[sample_format]
    scaled = values / float(scale) + zero
    return scaled.astype(dtype) if dtype.kind == "f" else np.round(scaled).astype(dtype)


def heaps_of(raw, start=0, number=1, max_packet=1472, repeat_pointers=False):
    """A list of packets for each heap, of both polarisations in turn."""
    heaps = []
    for first in range(0, len(raw[0]), HEAP):
        for polarisation in range(2):
            items = {
                spead.TIMESTAMP: start + first,
                spead.POLARISATION: polarisation,
                spead.SAMPLES: raw[polarisation, first : first + HEAP].tobytes(),
            }
            heaps.append(spead.packets(number, items, max_packet, repeat_pointers))
            number += 1
    return heaps


class XEngine(threading.Thread):
    """Receives the heaps of one destination. All that a test sends to it has room in its socket."""

    def __init__(self, port=0):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.heaps = []  # in the order in which they came
        self.stops = 0
        self.start()

    def run(self):
        together = spead.Heaps()
        while True:
            packet = self.socket.recv(65536)
            if not packet:
                break
            heap = together.add(packet)
            if heap is not None:
                self.heaps.append(heap)
            self.stops = together.stops
        self.left_open = len(together.open)

    def finish(self):
        """When nothing more will come."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", self.port))
        self.join()
        self.socket.close()
        assert self.left_open == 0


class Stream:
    """One --stream, and the X-engines that it goes to."""

    def __init__(self, name="a", engines=2, channels=CHANNELS, spectra=SPECTRA, taps=TAPS,
                 window="hamming", gain=GAIN):
        self.name, self.channels, self.spectra, self.taps = name, channels, spectra, taps
        self.window, self.gain = window, gain
        self.engines = [XEngine() for _ in range(engines)]

    def settings(self):
        to = ",".join(f"to=127.0.0.1:{engine.port}" for engine in self.engines)
        return (f"name={self.name},channels={self.channels},spectra={self.spectra},"
                f"taps={self.taps},window={self.window},gain={self.gain},{to}")

    def reference(self, sample_format="ci8"):
        return reference.Engine(self.channels, self.taps, self.spectra, self.window, sample_format)

    def gains(self):
        return np.full((2, self.channels), self.gain, np.complex64)

    def blocks(self, test):
        """{timestamp: int8[channel, spectrum, polarisation, 2]} of what has come, which is complete and
        in order."""
        share = self.channels // len(self.engines)
        parts = []
        for number, engine in enumerate(self.engines):
            part = {}
            for heap in engine.heaps:
                test.assertEqual(heap.items[spead.FREQUENCY], number * share)
                timestamp = heap.items[spead.TIMESTAMP]
                test.assertNotIn(timestamp, part)
                part[timestamp] = np.frombuffer(heap.bytes_of(spead.FENG_RAW), np.int8).reshape(
                    share, self.spectra, 2, 2
                )
            parts.append(part)
        for part in parts:
            test.assertEqual(list(part), list(parts[0]))
        return {t: np.concatenate([part[t] for part in parts]) for t in parts[0]}


class FEngineTest(ExampleTest):
    name = "fengine"

    def launch(self, streams, *options, chunk=CHUNK, environment=None):
        """Starts the program, and finds out where it can be reached."""
        self.streams = streams
        arguments = ["--listen", 0, "--heap-samples", HEAP, "--chunk", chunk, *options]
        for stream in streams:
            arguments += ["--stream", stream.settings()]
        self.process = self.start(*arguments, environment=environment)
        line = self.read_until(self.process, "listening on")
        self.address = ("127.0.0.1", int(re.search(r":(\d+), ", line).group(1)))
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.next_heap = 1

    def send(self, packet):
        self.socket.sendto(packet, self.address)

    def packets_of(self, raw, start=0, max_packet=1472, repeat_pointers=False):
        heaps = heaps_of(raw, start, self.next_heap, max_packet, repeat_pointers)
        self.next_heap += len(heaps)
        return heaps

    def send_samples(self, raw, start=0, **options):
        for heap in self.packets_of(raw, start, **options):
            for packet in heap:
                self.send(packet)

    def stop(self, status=0):
        """Ctrl-C. Gives what the program says, and lets the X-engines see the end."""
        self.process.send_signal(signal.SIGINT)
        return self.wait(status)

    def wait(self, status=0):
        output, messages = self.process.communicate(timeout=HANG_GUARD)
        self.assertEqual(self.process.returncode, status, output + messages)
        for stream in self.streams:
            for engine in stream.engines:
                engine.finish()
        self.messages = NOISE.sub("", messages)
        return output

    def assert_blocks(self, stream, expected):
        """What has come is `expected`, to the last bit, no more and no less."""
        blocks = stream.blocks(self)
        self.assertEqual(list(blocks), sorted(blocks))
        self.assertEqual(sorted(blocks), sorted(expected))
        for timestamp, block in expected.items():
            np.testing.assert_array_equal(blocks[timestamp], block)
        self.assertGreater(len(expected), 0)

    def assert_exact(self, stream, raw, start=0, sample_format="ci8"):
        expected, beyond = stream.reference(sample_format).blocks(raw, start, stream.gains())
        self.assert_blocks(stream, expected)
        return beyond


def whole_blocks(heaps, stream, blocks):
    """Of these blocks those whose samples are all in `heaps`, {(timestamp, polarisation)}."""
    def is_whole(timestamp):
        first = timestamp - (stream.taps - 1) * stream.channels
        first -= first % HEAP
        last = timestamp + stream.channels * stream.spectra
        return all((t, p) in heaps for t in range(first, last, HEAP) for p in range(2))

    return {t: block for t, block in blocks.items() if is_whole(t)}


class Exchange:
    """One run of the program, from outside of a test: samples go in, and then Ctrl-C."""

    CHUNKS = 4

    def __init__(self, program, folder, environment, *options, chunk=CHUNK, ctrl_c=True):
        """Without Ctrl-C it has to end by itself."""
        stream = Stream(engines=1)
        engine = stream.engines[0]
        process = subprocess.Popen(
            [program, "--listen", "0", "--heap-samples", str(HEAP), "--chunk", str(chunk),
             "--stream", stream.settings(), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=folder, env={**os.environ, **environment},
            # So that a Ctrl-C that meets it when it has ended by itself, and handles signals no more,
            # does nothing.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )
        first = process.stdout.readline()
        if first:
            address = ("127.0.0.1", int(re.search(r":(\d+), ", first).group(1)))
            self.send_all(address)
            if ctrl_c:
                process.send_signal(signal.SIGINT)
        self.stdout, messages = process.communicate(timeout=HANG_GUARD)
        self.stderr = NOISE.sub("", messages)
        self.status = process.returncode
        engine.finish()
        self.stops = engine.stops
        self.blocks = {heap.items[spead.TIMESTAMP]: heap.bytes_of(spead.FENG_RAW)
                       for heap in engine.heaps}
        self.is_in_order = list(self.blocks) == sorted(self.blocks)

    @staticmethod
    def reference():
        """What is sent if nothing happens."""
        stream = Stream(engines=0)
        blocks, _ = stream.reference().blocks(noise(Exchange.CHUNKS * CHUNK), 0, stream.gains())
        return {timestamp: block.tobytes() for timestamp, block in blocks.items()}

    @staticmethod
    def send_all(address):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
            for heap in heaps_of(noise(Exchange.CHUNKS * CHUNK)):
                there.sendto(heap[0], address)


class Exact(FEngineTest):
    """What comes out is what NumPy computes, to the last bit."""

    def compare(self, sample_format="ci8", options=(), chunks=4, chunk=CHUNK, **stream):
        stream = Stream(**stream)
        raw = noise(chunks * CHUNK, sample_format)
        self.launch([stream], "--format", sample_format, *options, chunk=chunk)
        self.send_samples(raw)
        summary = self.stop()
        self.assertEqual(self.messages, "")
        self.assertIn("0 heaps missing, 0 packets dropped", summary)
        beyond = self.assert_exact(stream, raw, sample_format=sample_format)
        totals = [sum(counts[i] for counts in beyond.values()) for i in range(2)]
        self.assertIn(f"{totals[0]} + {totals[1]} values saturated", summary)
        for engine in stream.engines:
            self.assertEqual(engine.stops, 1)
        return totals

    def test_as_it_is(self):
        self.compare()

    def test_values_that_are_limited_are_counted(self):
        for total in self.compare(gain=5000):
            self.assertGreater(total, 100)

    def test_formats(self):
        for sample_format in ("ci16", "cu8", "cf32"):
            with self.subTest(format=sample_format):
                self.compare(sample_format, chunks=2)

    def test_each_number_of_channels(self):
        """Each is a transform of its own, which a driver takes seconds to compile."""
        for channels in reference.PLANS if torture.WHOLE else (16, 512, 2048):
            with self.subTest(channels=channels):
                spectra = min(SPECTRA, CHUNK // channels)
                taps = min(TAPS, CHUNK // channels + 1)
                self.compare(channels=channels, spectra=spectra, taps=taps, gain=60 * channels**0.5)

    def test_other_shapes(self):
        self.compare(taps=1, engines=1)
        self.compare(taps=3, window="hann", spectra=1, engines=4)

    def test_chunks_leave_no_trace(self):
        self.compare(options=("--in-flight", 1), chunk=1024, chunks=2)
        self.compare(options=("--in-flight", 7), chunk=4 * CHUNK)

    def test_small_and_large_packets(self):
        self.compare(options=("--packet", 256), chunks=1)
        self.compare(options=("--packet", 9000))

    def test_the_antenna_is_in_each_heap(self):
        stream = Stream(engines=1)
        self.launch([stream], "--antenna", 63)
        self.send_samples(noise(CHUNK))
        self.stop()
        self.assertEqual({heap.items[spead.FENG_ID] for heap in stream.engines[0].heaps}, {63})

    def test_streams_share_one_input(self):
        wide = Stream("wide", channels=64)
        fine = Stream("fine", channels=512, spectra=4, taps=5, engines=1, gain=1500)
        raw = noise(4 * CHUNK)
        self.launch([wide, fine])
        self.send_samples(raw)
        self.stop()
        self.assert_exact(wide, raw)
        self.assert_exact(fine, raw)

    def test_it_begins_where_the_samples_begin(self):
        start = (1 << 48) - 2 * CHUNK  # and goes on behind the largest timestamp
        stream = Stream()
        raw = noise(4 * CHUNK)
        self.launch([stream])
        self.send_samples(raw, start)
        self.stop()
        expected, _ = stream.reference().blocks(raw, start, stream.gains())
        blocks = stream.blocks(self)
        self.assertEqual(list(blocks), [t % (1 << 48) for t in expected])
        for timestamp, block in expected.items():
            np.testing.assert_array_equal(blocks[timestamp % (1 << 48)], block)


class Network(FEngineTest):
    """What the network does to packets costs the heaps that it concerns, and no more."""

    def metrics_of(self, summary):
        return [int(number) for number in re.findall(r"(\d+) heaps missing|(\d+) skipped", summary)]

    def run_heaps(self, heaps, raw, sent, start=0):
        """Sends these heaps, of which those in `sent` are whole."""
        stream = Stream()
        self.launch([stream])
        for heap in heaps(self):
            for packet in heap:
                self.send(packet)
        summary = self.stop()
        blocks, _ = stream.reference().blocks(raw, start, stream.gains())
        expected = whole_blocks(sent, stream, blocks)
        self.assert_blocks(stream, expected)
        return summary, len(blocks) - len(expected)

    def places(self, samples, start=0):
        return [(start + t, p) for t in range(0, samples, HEAP) for p in range(2)]

    def test_lost_packets(self):
        raw = noise(6 * CHUNK)
        places = self.places(6 * CHUNK)
        lost = {places[i] for i in (70, 71, 200, 203)}

        def heaps(test):
            made = test.packets_of(raw, max_packet=400)
            for place, heap in zip(places, made):
                if place in lost:
                    heap.pop(len(heap) // 2)
            return made

        summary, skipped = self.run_heaps(heaps, raw, set(places) - lost)
        self.assertGreater(skipped, 0)
        self.assertIn(f"{len(lost)} heaps missing", summary)

    def test_lost_heaps_at_random(self):
        raw = noise(6 * CHUNK)
        places = self.places(6 * CHUNK)
        choice = random.Random(5)
        lost = {place for place in places if choice.random() < 0.05}

        def heaps(test):
            made = test.packets_of(raw)
            return [heap for place, heap in zip(places, made) if place not in lost]

        self.run_heaps(heaps, raw, set(places) - lost)

    def test_packets_in_another_order_and_twice(self):
        raw = noise(4 * CHUNK)
        for repeat_pointers in (False, True):

            def heaps(test):
                packets = [
                    packet
                    for heap in test.packets_of(raw, max_packet=300,
                                                repeat_pointers=repeat_pointers)
                    for packet in heap
                ]
                choice = random.Random(6)
                packets += [packets[choice.randrange(len(packets))] for _ in range(50)]
                # Each is late by as much as there are packets in some heaps.
                order = sorted(range(len(packets)),
                               key=lambda i: i % len(packets) + choice.random() * 40)
                head = order.index(0)
                order.insert(0, order.pop(head))
                return [[packets[i]] for i in order]

            with self.subTest(repeat_pointers=repeat_pointers):
                summary, skipped = self.run_heaps(heaps, raw, set(self.places(4 * CHUNK)))
                self.assertEqual(skipped, 0)
                self.assertIn(" 0 heaps missing", summary)

    def test_a_polarisation_that_is_not_there(self):
        stream = Stream()
        self.launch([stream])
        for heap in self.packets_of(noise(4 * CHUNK))[::2]:
            self.send(heap[0])
        summary = self.stop()
        self.assertEqual(stream.blocks(self), {})
        self.assertIn(f"{4 * CHUNK // HEAP} heaps missing", summary)

    def test_garbage_among_them(self):
        raw = noise(2 * CHUNK)
        choice = random.Random(7)

        def heaps(test):
            made = test.packets_of(raw)
            for i in range(1, len(made), 3):
                packet = bytearray(made[i][0])
                packet[choice.randrange(8)] ^= 1 << choice.randrange(8)
                made[i].insert(0, bytes(packet))
                made[i].append(choice.randbytes(choice.randrange(1, 100)))
                made[i].append(b"")
            return made

        self.run_heaps(heaps, raw, set(self.places(2 * CHUNK)))

    def test_a_sender_that_begins_again(self):
        """It counts its heaps and its samples anew, without a word. What the window takes for strays
        until it is sure is missing."""
        stream = Stream()
        before, after = noise(2 * CHUNK), noise(3 * CHUNK, seed=2)
        start = 1000 * CHUNK
        self.launch([stream], "--metrics", 0)
        self.send_samples(before, start)
        self.next_heap = 1
        self.send_samples(after)
        summary = self.stop()
        first, _ = stream.reference().blocks(before, start, stream.gains())
        second, _ = stream.reference().blocks(after, 0, stream.gains())
        astray = 15  # PacketWindow::Options::restart_after, all but the last
        second = whole_blocks(set(self.places(3 * CHUNK)[astray:]), stream, second)
        blocks = stream.blocks(self)
        self.assertEqual(list(blocks), [*first, *second])
        for timestamp, block in {**first, **second}.items():
            np.testing.assert_array_equal(blocks[timestamp], block)
        self.assertIn(f"{astray} heaps missing", summary)

    def test_silence_ends_a_chunk(self):
        stream = Stream()
        raw = noise(CHUNK + CHUNK // 2)
        self.launch([stream], "--silence", 1)
        self.send_samples(raw)
        share = len(stream.reference().blocks(raw, 0, stream.gains())[0])
        while len(stream.engines[1].heaps) < share:
            self.assertIsNone(self.process.poll())
            time.sleep(0.01)
        self.stop()
        self.assert_exact(stream, raw)

    def test_x_engines_that_do_not_listen(self):
        stream = Stream(engines=1)
        deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        deaf.close()
        settings = stream.settings
        stream.settings = lambda: settings() + f",to=127.0.0.1:{port}"
        raw = noise(4 * CHUNK)
        self.launch([stream])
        self.send_samples(raw)
        self.stop()
        self.assertEqual(self.messages, "")
        blocks, _ = stream.reference().blocks(raw, 0, stream.gains())
        self.assertEqual(len(stream.engines[0].heaps), len(blocks))


class Gains(FEngineTest):
    """Gains change between two chunks, and the answer says which."""

    def connect(self, *options):
        self.stream = Stream()
        self.launch([self.stream], "--control", 0, *options)
        line = self.read_until(self.process, "control on")
        self.control = socket.create_connection(
            ("127.0.0.1", int(line.rsplit(":", 1)[1])), timeout=HANG_GUARD
        )
        self.addCleanup(self.control.close)
        self.answers = self.control.makefile("r")
        self.addCleanup(self.answers.close)

    def ask(self, line):
        self.control.sendall(line.encode() + b"\n")
        return self.answers.readline().rstrip("\n")

    def text_of(self, gains):
        return " ".join(f"{gain.real}{gain.imag:+}j" for gain in gains.astype(complex))

    def test_from_the_timestamp_on(self):
        self.connect("--silence", 1)
        raw = noise(6 * CHUNK)
        rng = np.random.default_rng(3)
        changes = [(-1, self.stream.gains())]
        for chunk in range(6):
            part = slice(chunk * CHUNK, (chunk + 1) * CHUNK)
            self.send_samples(raw[:, part], chunk * CHUNK)
            gains = changes[-1][1].copy()
            polarisation = chunk % 2
            gains[polarisation] = (rng.normal(0, 400, CHANNELS)
                                   + 1j * rng.normal(0, 400, CHANNELS)).astype(np.complex64)
            answer = self.ask(f"gain a {polarisation} {self.text_of(gains[polarisation])}")
            self.assertRegex(answer, r"\Aok \d+\Z")
            changes.append((int(answer.split()[1]), gains))
            shown = self.ask(f"gain a {polarisation}").split()[1:]
            np.testing.assert_array_equal(
                np.array([complex(gain) for gain in shown], np.complex64), gains[polarisation]
            )
        self.stop()

        def gains_at(timestamp):
            return next(gains for begin, gains in reversed(changes) if begin <= timestamp)

        expected, _ = self.stream.reference().blocks(raw, 0, gains_at)
        self.assert_blocks(self.stream, expected)
        self.assertTrue(all(begin % CHUNK == 0 for begin, _ in changes[1:]))

    def test_one_for_all_channels(self):
        self.connect()
        self.assertEqual(self.ask("gain a 0 250.5"), "ok 0")
        self.assertEqual(self.ask("gain a 1 -3j"), "ok 0")
        raw = noise(CHUNK)
        self.send_samples(raw)
        self.stop()
        gains = np.full((2, CHANNELS), 250.5, np.complex64)
        gains[1] = -3j
        expected, _ = self.stream.reference().blocks(raw, 0, gains)
        self.assert_blocks(self.stream, expected)

    def test_mistakes_are_answered_and_change_nothing(self):
        self.connect()
        before = self.ask("gain a 0")
        for line, answer in [
            ("gain b 0 1", "error: there is no stream 'b'"),
            ("gain b 0", "error: there is no stream 'b'"),
            ("gain a 0 1 2", "error: 2 gains are not one, or one for each of the 64 channels"),
            ("gain a 0 much", "error: gain 'much' is not a number such as 2, -0.5 or 1.5+2j"),
            ("gain a 2 1", "error: polarisation '2' is not 0 or 1"),
            ("go", "error: 'go' is none of help, streams, gain"),
            ("streams", "ok a"),
        ]:
            self.assertEqual(self.ask(line), answer)
        self.assertRegex(self.ask("help"), r"\Aok ")
        self.assertEqual(self.ask("gain a 0"), before)
        self.stop()

    def test_clients_that_misbehave(self):
        self.connect()
        address = self.control.getpeername()
        with socket.create_connection(address) as endless:
            endless.sendall(b"x" * (2 << 20))
            self.assertEqual(endless.makefile().readline(), "error: the line is too long\n")
        silent = [socket.create_connection(address) for _ in range(10)]
        with socket.create_connection(address) as half:
            half.sendall(b"gain a")
        self.assertEqual(self.ask("streams"), "ok a")
        self.stop()
        for client in silent:
            client.close()


class Metrics(FEngineTest):
    def launch_with_metrics(self, *options):
        self.stream = Stream()
        self.launch([self.stream], "--metrics", 0, *options)
        line = self.read_until(self.process, "metrics on")
        self.port = int(line.rsplit(":", 1)[1])

    def page(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
            text = answer.read().decode()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in text.splitlines() if line and not line.startswith("#")}

    def test_what_has_come_and_gone(self):
        self.launch_with_metrics("--silence", 1)
        raw = noise(2 * CHUNK)
        self.send_samples(raw)
        self.send(b"garbage")
        blocks, beyond = self.stream.reference().blocks(raw, 0, self.stream.gains())
        while self.page()['fengine_sent_heaps_total{stream="a"}'] < 2 * len(blocks):
            time.sleep(0.01)
        page = self.page()
        heaps = 2 * (2 * CHUNK // HEAP)
        for name, count in {
            "fengine_packets_total": heaps + 1,
            "fengine_heaps_total": heaps,
            "fengine_malformed_packets_total": 1,
            "fengine_missing_heaps_total": 0,
            "fengine_dropped_packets_total": 0,
            "fengine_chunks_total": 2,
            'fengine_skipped_heaps_total{stream="a"}': 2,
            'fengine_lost_chunks_total{stream="a"}': 0,
            'fengine_saturated_total{stream="a",polarisation="0"}':
                sum(counts[0] for counts in beyond.values()),
        }.items():
            self.assertEqual(page[name], count, name)
        self.assertEqual(page['juggle_served_total{kind="channel",name="full chunks"}'], 2)
        self.stop()

    def test_other_requests(self):
        self.launch_with_metrics()
        with self.assertRaises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/other")
        self.assertEqual(error.exception.code, 404)
        error.exception.close()
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(b"\x16\x03\x01\0\xff" * 10_000)
        self.assertEqual(self.page()["fengine_packets_total"], 0)
        self.stop()


class Ends(FEngineTest):
    def test_nothing_comes(self):
        stream = Stream()
        self.launch([stream])
        self.assertIn("0 packets, 0 whole heaps in 0 chunks", self.stop())
        self.assertEqual(self.messages, "")
        self.assertEqual([engine.stops for engine in stream.engines], [1, 1])

    def test_a_sender_that_goes_on(self):
        """Ctrl-C at any moment: what is sent is exact, without gaps, up to where the input ended."""
        stream = Stream(channels=16, engines=1)
        raw = noise(8 * CHUNK)
        blocks, _ = stream.reference().blocks(raw, 0, stream.gains())
        stream.engines[0].finish()
        for moment in range(4):
            stream.engines = [XEngine()]
            self.launch([stream], "--rate", 0.05)
            heaps = self.packets_of(raw)
            for number, heap in enumerate(heaps):
                self.send(heap[0])
                if number == moment * len(heaps) // 4:
                    self.process.send_signal(signal.SIGINT)
                if number % 16 == 0:
                    time.sleep(0.001)
            self.wait()
            got = stream.blocks(self)
            self.assertEqual(list(got), list(blocks)[: len(got)])
            for timestamp, block in got.items():
                np.testing.assert_array_equal(block, blocks[timestamp])
            self.assertEqual(stream.engines[0].stops, 1)

    def test_a_second_signal_ends_it_at_once(self):
        stream = Stream()
        self.launch([stream], "--rate", 0.00001)
        self.send_samples(noise(4 * CHUNK))
        self.process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        self.assertIsNone(self.process.poll())
        self.process.send_signal(signal.SIGINT)
        self.wait(-signal.SIGINT)

    def test_status_while_it_runs(self):
        self.launch([Stream()])
        self.process.send_signal(signal.SIGUSR1)
        status = self.process.stderr.readline()
        self.assertRegex(status, "task")
        self.stop()

    def test_timeline(self):
        stream = Stream()
        self.launch([stream], "--timeline", "run.json")
        self.send_samples(noise(2 * CHUNK))
        self.stop()
        text = (self.folder / "run.json").read_text()
        for lane in ("upload", "a compute", "a download"):
            self.assertIn(f'"{lane}', text)
        for work in ("fold", "quantise", "download", "send"):
            self.assertIn(f'"{work}"', text)


class Memory(FEngineTest):
    def resident(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))

    @unittest.skipIf(SANITIZED, "sanitizers keep freed memory")
    def test_it_does_not_grow(self):
        stream = Stream(engines=1)
        self.launch([stream], "--rate", 0.5)
        raw = noise(CHUNK)
        sizes = []
        for chunk in range(240 if torture.WHOLE else 80):
            self.send_samples(raw, chunk * CHUNK)
            while len(stream.engines[0].heaps) < (chunk - 1) * CHUNK // BLOCK:
                time.sleep(0.001)  # at its pace
            sizes.append(self.resident())
        self.stop()
        half = len(sizes) // 2
        self.assertLess(sizes[-1] - sizes[half], 1024)


class BadInput(FEngineTest):
    def stream(self, *settings):
        return ("--listen", 0, "--stream", ",".join(("name=a", "to=127.0.0.1:7200", *settings)))

    def test_options(self):
        for arguments, said in [
            ((), "--listen is needed"),
            (("--listen", 0), "--stream is needed"),
            (("--listen", "x:y"), "'x:y' is not a port, or ADDRESS:PORT"),
            (("--listen", 0, "--stream", "channels=64"), "'channels=64' comes before name=..."),
            (("--listen", 0, "--stream", "name"), "'name' is not NAME=VALUE"),
            (("--listen", 0, "--stream", "name=a b"), "'a b' is not letters, digits, _ and -"),
            (("--listen", 0, "--stream", "name=a"), "no destination is given"),
            (self.stream("channels=100"), "'100' is not a power of two from 16 to 8192"),
            (self.stream("taps=0"), "'0' is not a whole number from 1 to 1024"),
            (self.stream("window=box"), "'box' is not hamming or hann"),
            (self.stream("spectra=3"), "'3' is not a power of two from 1 to 65536"),
            (self.stream("gain=1e7"), "'1e7' is not a number from 0 to 1e+06"),
            (self.stream("to=127.0.0.1"), "'127.0.0.1' is not HOST:PORT"),
            (self.stream("to=127.0.0.1:65535+1"), "is not HOST:PORT"),
            (self.stream("to=127.0.0.1:7201+1"), "cannot be divided among 3 destinations"),
            (self.stream("colour=red"), "'colour' is none of name, channels"),
            (self.stream("name=a"), "another name than those of the other streams"),
            (self.stream("spectra=1024"), "the spectra of a heap are 1048576 samples"),
            (self.stream("taps=1000"), "what the filter needs of the chunk before are"),
            ((*self.stream(), "--heap-samples", 100), "'100' is not a power of two"),
            ((*self.stream(), "--heap-samples", 1 << 20), "is more than --chunk 262144"),
            ((*self.stream(), "--format", "ci4"), "'ci4' is not one of ci8|ci16|cu8|cf32"),
            ((*self.stream(), "--device", "none such"), "none such"),
            ((*self.stream(), "--timeline", "x.txt"), "ends in .svg, .html or .json"),
        ]:
            with self.subTest(arguments=arguments):
                torture.count_case()
                result = self.run_program(*arguments)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertRegex(result.stderr, r"\Afengine: error: ")
                self.assertIn(said, result.stderr)

    def test_places_that_are_taken(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            port = other.getsockname()[1]
            self.assertIn(
                f"--listen: cannot listen on 127.0.0.1:{port}",
                self.run_badly("--listen", port, *self.stream()[2:]),
            )
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            for option in ("--control", "--metrics"):
                self.assertIn(
                    f"{option}: cannot listen on 127.0.0.1:{port}",
                    self.run_badly(*self.stream(), option, port),
                )

    def test_help(self):
        text = self.output("--help")
        for option in ("--listen", "--stream", "--control", "to=HOST:PORT+N"):
            self.assertIn(option, text)


@unittest.skipIf(spead2 is None, "spead2 cannot be imported (pip install spead2)")
class Spead2(FEngineTest):
    """With spead2 as the peer."""

    def flavour(self):
        return spead2.Flavour(4, 64, 48)

    def heap_of(self, timestamp, polarisation, samples, repeat_pointers=False):
        heap = spead2.send.Heap(self.flavour())
        heap.repeat_pointers = repeat_pointers
        for identifier, value in ((spead.TIMESTAMP, timestamp), (spead.POLARISATION, polarisation)):
            heap.add_item(
                spead2.Item(identifier, "number", "", (), format=[("u", 48)], value=value)
            )
        heap.add_item(
            spead2.Item(spead.SAMPLES, "samples", "", samples.shape, samples.dtype, value=samples)
        )
        return heap

    def sender(self, **options):
        config = spead2.send.StreamConfig(rate=20e6, max_heaps=64, **options)
        return spead2.send.UdpStream(spead2.ThreadPool(), [self.address], config)

    def receiver(self):
        stream = spead2.recv.Stream(spead2.ThreadPool(), spead2.recv.StreamConfig(max_heaps=16),
                                    spead2.recv.RingStreamConfig(heaps=1024))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        stream.add_udp_reader(port, bind_hostname="127.0.0.1")
        return stream, port

    def receive(self, stream, share):
        blocks = {}
        for heap in stream:
            items = {item.id: item for item in heap.get_items()}
            if spead.FENG_RAW in items:
                data = np.array(np.frombuffer(items[spead.FENG_RAW], np.int8))
                blocks[items[spead.TIMESTAMP].immediate_value] = data.reshape(share, -1, 2, 2)
        return blocks  # at its stop heap

    def exchange(self, raw, send):
        """spead2 sends and receives. Gives the blocks as they came."""
        first, second = self.receiver(), self.receiver()
        stream = Stream(engines=0)
        settings = stream.settings
        stream.settings = lambda: settings() + "".join(
            f"to=127.0.0.1:{port}," for _, port in (first, second)
        ).rstrip(",")
        self.launch([stream], "--rate", 0.1)
        results = [None, None]

        def receive(i, receiver):
            results[i] = self.receive(receiver, CHANNELS // 2)

        threads = [threading.Thread(target=receive, args=(i, receiver))
                   for i, (receiver, _) in enumerate((first, second))]
        for thread in threads:
            thread.start()
        send()
        summary = self.stop()
        for thread in threads:
            thread.join()
        self.assertEqual(list(results[0]), list(results[1]))
        return {t: np.concatenate([results[0][t], results[1][t]]) for t in results[0]}, summary, stream

    def test_as_sender_and_receiver(self):
        raw = noise(8 * CHUNK)
        for repeat_pointers in (False, True):

            def send():
                stream = self.sender(max_packet_size=400)
                for first in range(0, len(raw[0]), HEAP):
                    for polarisation in range(2):
                        samples = raw[polarisation, first : first + HEAP]
                        stream.send_heap(
                            self.heap_of(first, polarisation, samples, repeat_pointers)
                        )
                end = spead2.send.Heap(self.flavour())
                end.add_end()
                stream.send_heap(end)

            with self.subTest(repeat_pointers=repeat_pointers):
                blocks, summary, stream = self.exchange(raw, send)
                self.assertIn(" 0 heaps missing, 0 packets dropped", summary)
                expected, _ = stream.reference().blocks(raw, 0, stream.gains())
                self.assertEqual(list(blocks), list(expected))
                for timestamp, block in expected.items():
                    np.testing.assert_array_equal(blocks[timestamp], block)

    def test_a_group_of_items_with_descriptors(self):
        """As spead2's users send: an ItemGroup, whose first heap describes the items."""
        raw = noise(2 * CHUNK)

        def send():
            groups = []
            stream = self.sender()
            for polarisation in range(2):
                group = spead2.send.ItemGroup(flavour=self.flavour())
                group.add_item(spead.TIMESTAMP, "timestamp", "", (), format=[("u", 48)])
                group.add_item(spead.POLARISATION, "polarisation", "", (), format=[("u", 48)],
                               value=polarisation)
                group.add_item(spead.SAMPLES, "samples", "", (HEAP, 2), np.int8)
                groups.append(group)
            for first in range(0, len(raw[0]), HEAP):
                for polarisation, group in enumerate(groups):
                    group["timestamp"].value = first
                    group["polarisation"].value = polarisation
                    group["samples"].value = raw[polarisation, first : first + HEAP]
                    stream.send_heap(group.get_heap(data="all"))
            stream.send_heap(groups[0].get_end())

        blocks, summary, stream = self.exchange(raw, send)
        self.assertIn(" 0 heaps missing", summary)
        expected, _ = stream.reference().blocks(raw, 0, stream.gains())
        self.assertEqual(list(blocks), list(expected))
        for timestamp, block in expected.items():
            np.testing.assert_array_equal(blocks[timestamp], block)

    def test_the_peer_of_the_other_tests_speaks_the_same(self):
        samples = noise(HEAP)[0]
        packets = spead.packets(7, {spead.TIMESTAMP: 1024, spead.POLARISATION: 1,
                                    spead.SAMPLES: samples.tobytes()}, max_packet=200)
        stream = spead2.recv.Stream(spead2.ThreadPool())
        stream.add_buffer_reader(b"".join(packets) + spead.stop(8))
        (heap,) = list(stream)
        items = {item.id: item for item in heap.get_items()}
        self.assertEqual(heap.cnt, 7)
        self.assertEqual(items[spead.TIMESTAMP].immediate_value, 1024)
        self.assertEqual(items[spead.POLARISATION].immediate_value, 1)
        self.assertEqual(bytes(items[spead.SAMPLES]), samples.tobytes())

        heaps = spead.Heaps()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
            there.bind(("127.0.0.1", 0))
            self.address = there.getsockname()
            self.sender(max_packet_size=200).send_heap(self.heap_of(2048, 0, samples))
            heap = None
            while heap is None:
                heap = heaps.add(there.recv(65536))
        self.assertEqual(heap.items[spead.TIMESTAMP], 2048)
        self.assertEqual(heap.items[spead.POLARISATION], 0)
        self.assertEqual(heap.bytes_of(spead.SAMPLES), samples.tobytes())


del FEngineTest  # is not a test of its own

if __name__ == "__main__":
    torture.main()
