#!/usr/bin/env python3
"""Writes a second of unsigned 8-bit I/Q samples to play where there is no recording: carriers, one that
sweeps, bursts, and noise. Begins where it ends, so it can be repeated.

    demos/rtl_tcp_player/make_samples.py FILE [SAMPLE_RATE]
"""

import cmath
import random
import sys


def make_samples(rate):
    chance = random.Random(1)
    turn = 2j * cmath.pi / rate
    noise = [complex(chance.gauss(0, 0.02), chance.gauss(0, 0.02)) for _ in range(4099)]
    samples = bytearray()
    sweep = 0.0
    burst = 0  # samples left of it
    for n in range(rate):
        # Down and up again within the second.
        sweep += 0.4 * abs(2 * n / rate - 1)
        value = (0.12 * cmath.exp(turn * (-0.35 * rate // 1) * n)
                 + 0.10 * cmath.exp(2j * cmath.pi * sweep)
                 + noise[n % 4099 * 7 % 4099])
        if burst == 0 and chance.random() < 40 / rate:
            burst = rate // 200
        if burst:
            burst -= 1
            if burst // (rate // 20_000) % 2:
                value += 0.35 * cmath.exp(turn * (-0.15 * rate // 1) * n)
        for part in value.real, value.imag:
            samples.append(min(255, max(0, round(part * 128 + 127.5))))
    return samples


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as file:
        file.write(make_samples(int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000))
