#!/usr/bin/env python3
"""Feeds `fengine`, and shows what it makes of it: a digitiser and the X-engines of a telescope, small.

    build/release/demos/fengine --listen 7148 --stream name=wide,to=127.0.0.1:7150+1 &
    demos/fengine/try_it.py

Sends some chunks of noise with a tone in each polarisation, receives the channels, compares them to
the last bit with NumPy (reference.py), and prints the spectrum. With `--spead2` the packets are sent
and received by spead2 (`pip install spead2`), else by spead.py. Prints what it has measured; exits
with status 1 if a heap is missing or wrong. The first heap of each stream has no filter history and
is never sent.
"""

import argparse
import socket
import sys
import threading
import time

import numpy as np

import reference
import spead

def signal(samples):
    """int8[polarisation, number, 2]: noise, and a tone above or below the middle of the band."""
    rng = np.random.default_rng(1)
    values = rng.normal(0, 10, (2, samples, 2))
    for polarisation, frequency in enumerate((0.25, -0.125)):
        phase = 2 * np.pi * frequency * np.arange(samples)
        values[polarisation] += 20 * np.stack([np.cos(phase), np.sin(phase)], axis=1)
    return np.clip(np.round(values), -127, 127).astype(np.int8)


class OwnPeer:
    """By spead.py: some ten thousand packets a second."""

    def __init__(self, args):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.address = (args.host, args.port)
        self.rate = args.rate * 1e9 / 8
        self.next_heap = 1

    def close(self):
        pass

    def prepare(self, heaps):
        return heaps

    def send(self, heaps):
        begin, sent = time.monotonic(), 0
        for items in heaps:
            for packet in spead.packets(self.next_heap, items):
                self.socket.sendto(packet, self.address)
                sent += len(packet)
            self.next_heap += 1
            time.sleep(max(0, begin + sent / self.rate - time.monotonic()))

    def receiver(self, port):
        there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        there.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 26)
        there.bind(("127.0.0.1", port))

        def heaps():
            together = spead.Heaps()
            while True:
                heap = together.add(there.recv(65536))
                if heap is not None:
                    yield heap.items[spead.TIMESTAMP], heap.bytes_of(spead.FENG_RAW)

        return heaps()


class Spead2Peer:
    def __init__(self, args):
        import spead2.send

        self.spead2 = spead2
        self.receivers = []
        config = spead2.send.StreamConfig(
            rate=args.rate * 1e9 / 8, max_heaps=64, burst_rate_ratio=1.5
        )
        self.stream = spead2.send.UdpStream(
            spead2.ThreadPool(), [(args.host, args.port)], config, buffer_size=4 << 20
        )

    def close(self):
        for stream in self.receivers:
            stream.stop()

    def heap_of(self, items):
        spead2 = self.spead2
        heap = spead2.send.Heap(spead2.Flavour(4, 64, 48))
        for identifier, value in items.items():
            shape = {"shape": (), "format": [("u", 48)]}
            if not isinstance(value, int):
                value = np.frombuffer(value, np.uint8)
                shape = {"shape": value.shape, "dtype": value.dtype}
            heap.add_item(spead2.Item(identifier, "", "", value=value, **shape))
        return heap

    def prepare(self, heaps):
        """Before the time is taken: Python makes heaps more slowly than spead2 sends them."""
        send = self.spead2.send
        made = [send.HeapReference(self.heap_of(items)) for items in heaps]
        return [send.HeapReferenceList(made[i : i + 64]) for i in range(0, len(made), 64)]

    def send(self, groups):
        for group in groups:
            self.stream.send_heaps(group, self.spead2.send.GroupMode.SERIAL)

    def receiver(self, port):
        import spead2.recv

        stream = spead2.recv.Stream(
            spead2.ThreadPool(), spead2.recv.StreamConfig(max_heaps=64),
            spead2.recv.RingStreamConfig(heaps=4096),
        )
        self.receivers.append(stream)
        stream.add_udp_reader(port, bind_hostname="127.0.0.1", buffer_size=64 << 20)

        def heaps():
            for heap in stream:
                items = {item.id: item for item in heap.get_items()}
                if spead.FENG_RAW in items:
                    data = bytes(items[spead.FENG_RAW])
                    yield items[spead.TIMESTAMP].immediate_value, data

        return heaps()


def print_spectrum(blocks):
    power = sum((block.astype(float) ** 2).sum(axis=(1, 3)) for block in blocks) / len(blocks)
    rows = power.reshape(32, -1, 2).max(axis=1)
    top = rows.max()
    print("\npower in each 32nd of the band, lowest frequency first: polarisation 0, 1")
    for row in rows:
        bars = ["#" * int(round(30 * (value / top) ** 0.25)) for value in row]
        print(f"  {bars[0]:30}  {bars[1]:30}".rstrip())


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7148, help="where fengine listens")
    parser.add_argument("--first-port", type=int, default=7150, help="of the X-engines")
    parser.add_argument("--engines", type=int, default=2, help="how many X-engines")
    parser.add_argument("--channels", type=int, default=1024, help="as fengine was told, so below")
    parser.add_argument("--taps", type=int, default=8)
    parser.add_argument("--spectra", type=int, default=32)
    parser.add_argument("--gain", type=float, default=127)
    parser.add_argument("--heap-samples", type=int, default=4096)
    parser.add_argument("--chunk", type=int, default=262_144)
    parser.add_argument("--chunks", type=int, default=16, help="how many to send")
    parser.add_argument("--rate", type=float, default=0.1, help="Gb/s")
    parser.add_argument("--spead2", action="store_true")
    return parser.parse_args()


def main():
    args = parse_args()
    peer = (Spead2Peer if args.spead2 else OwnPeer)(args)
    period = 4 * args.chunk  # the signal is repeated
    raw = signal(period)
    engine = reference.Engine(args.channels, args.taps, args.spectra)
    gains = np.full((2, args.channels), args.gain, np.complex64)
    expected, _ = engine.blocks(np.concatenate([raw, raw], axis=1), 0, gains)
    total = args.chunks * args.chunk
    count = total // engine.block_samples - -(-(args.taps - 1) // args.spectra)
    share = args.channels // args.engines
    expected_bytes = [
        {t: block[i * share : (i + 1) * share].tobytes() for t, block in expected.items()}
        for i in range(args.engines)
    ]
    wrong, come = [0] * args.engines, [0] * args.engines
    done = threading.Semaphore(0)

    def receive(number, heaps):
        for timestamp, data in heaps:
            block = expected_bytes[number][timestamp % period + period * (timestamp >= period)]
            wrong[number] += block != data
            come[number] += 1
            if come[number] == count:
                done.release()

    for number in range(args.engines):
        heaps = peer.receiver(args.first_port + number)
        threading.Thread(target=receive, args=(number, heaps), daemon=True).start()

    def heaps():
        for first in range(0, total, args.heap_samples):
            for polarisation in range(2):
                at = first % period
                yield {
                    spead.TIMESTAMP: first,
                    spead.POLARISATION: polarisation,
                    spead.SAMPLES: raw[polarisation, at : at + args.heap_samples].tobytes(),
                }

    prepared = peer.prepare(heaps())
    begin = time.monotonic()
    peer.send(prepared)
    seconds = time.monotonic() - begin
    for _ in range(args.engines):
        done.acquire(timeout=10)
    peer.close()
    bits = 2 * total * 2 * 8
    print(f"sent {2 * total // args.heap_samples} heaps in {seconds:.2f} s, {bits / seconds / 1e9:.3f} Gb/s of samples")
    for number in range(args.engines):
        print(f"X-engine {number}: {come[number]} of {count} heaps, {wrong[number]} of them wrong")
    print_spectrum(list(expected.values())[:32])
    sys.exit(0 if come == [count] * args.engines and not any(wrong) else 1)


if __name__ == "__main__":
    main()
