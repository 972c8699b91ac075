#!/usr/bin/env python3
"""What `fengine` computes, in NumPy, to the last bit.

All arithmetic is in float32, each operation rounded by itself, in the order of the kernels
(../filter_bank/filter_bank.cl, quantise.cl): this is not the fastest way to do it, nor the most
exact, but the same on each device. `spectra` in float64 is what it approximates.
"""

import numpy as np

F32 = np.float32

FORMATS = {
    "cu8": (np.dtype("u1"), 127.5, F32(1 / 128)),
    "ci8": (np.dtype("i1"), 0.0, F32(1 / 128)),
    "ci16": (np.dtype("<i2"), 0.0, F32(1 / 32768)),
    "cf32": (np.dtype("<f4"), 0.0, F32(1)),
}

# first, middle, how many of these, last: as ../filter_bank/fft_plan.cpp
PLANS = {
    16: (4, 1, 0, 4),
    32: (4, 1, 0, 8),
    64: (8, 1, 0, 8),
    128: (8, 1, 0, 16),
    256: (16, 1, 0, 16),
    512: (8, 8, 1, 8),
    1024: (16, 8, 1, 8),
    2048: (16, 8, 1, 16),
    4096: (16, 16, 1, 16),
    8192: (16, 8, 2, 8),
}

COS_8TH = F32(0.92387953251128674)
SIN_8TH = F32(0.38268343236508977)
COS_4TH = F32(0.70710678118654752)


def prototype_filter(channels, taps, window="hamming"):
    """The windowed sinc, float32[taps * channels], of sum 1."""
    length = channels * taps
    n = np.arange(length, dtype=np.float64)
    position = n / (length - 1) if length > 1 else n
    cosine = np.cos(2 * np.pi * position)
    shape = 0.5 - 0.5 * cosine if window == "hann" else 0.54 - 0.46 * cosine
    h = shape * np.sinc((n - (length - 1) / 2) / channels)
    return (h / h.sum()).astype(F32)


def twiddles(length, radix):
    """exp(-2 pi i k p / length) as two float32[k < radix, p < length / radix]."""
    k, p = np.meshgrid(np.arange(radix), np.arange(length // radix), indexing="ij")
    turn = -2 * np.pi * (k * p / length)
    return np.cos(turn).astype(F32), np.sin(turn).astype(F32)


class Points:
    """The points of transforms, of which many are made at once: re[j] and im[j] are arrays."""

    def __init__(self, re, im):
        self.re, self.im = list(re), list(im)

    def two(self, a, b):
        self.re[a], self.re[b] = self.re[a] + self.re[b], self.re[a] - self.re[b]
        self.im[a], self.im[b] = self.im[a] + self.im[b], self.im[a] - self.im[b]

    def four(self, a, b, c, d):
        self.two(a, c)
        self.two(b, d)
        re, im = self.re, self.im
        c_re, c_im, d_re, d_im, b_re, b_im = re[c], im[c], re[d], im[d], re[b], im[b]
        re[b], im[b] = c_re + d_im, c_im - d_re
        re[d], im[d] = c_re - d_im, c_im + d_re
        re[c], im[c] = re[a] - b_re, im[a] - b_im
        re[a], im[a] = re[a] + b_re, im[a] + b_im

    def turn(self, a, cosine, sine):
        re, im = self.re[a], self.im[a]
        self.re[a] = re * cosine + im * sine
        self.im[a] = im * cosine - re * sine

    def quarter_turn(self, a):
        self.re[a], self.im[a] = self.im[a], -self.re[a]

    def transform(self):
        """Gives re[k], im[k], the frequencies in order."""
        n = len(self.re)
        if n == 4:
            self.four(0, 1, 2, 3)
        elif n == 8:
            self.four(0, 2, 4, 6)
            self.four(1, 3, 5, 7)
            self.turn(3, COS_4TH, COS_4TH)
            self.quarter_turn(5)
            self.turn(7, -COS_4TH, COS_4TH)
            for a in range(0, 8, 2):
                self.two(a, a + 1)
        else:
            for a in range(4):
                self.four(a, a + 4, a + 8, a + 12)
            self.turn(5, COS_8TH, SIN_8TH)
            self.turn(6, COS_4TH, COS_4TH)
            self.turn(7, SIN_8TH, COS_8TH)
            self.turn(9, COS_4TH, COS_4TH)
            self.quarter_turn(10)
            self.turn(11, -COS_4TH, COS_4TH)
            self.turn(13, SIN_8TH, COS_8TH)
            self.turn(14, -COS_4TH, COS_4TH)
            self.turn(15, -COS_8TH, -SIN_8TH)
            for a in range(0, 16, 4):
                self.four(a, a + 1, a + 2, a + 3)
        places = [(k >> 2) + n // 4 * (k & 3) for k in range(n)]
        return np.stack([self.re[i] for i in places]), np.stack([self.im[i] for i in places])


def times(re, im, cosine, sine):
    return re * cosine - im * sine, re * sine + im * cosine


def folded(samples, channels, taps, window, scale):
    """float32[2][spectrum, channel]: real and imaginary parts."""
    h = prototype_filter(channels, taps, window)
    blocks = samples.reshape(-1, channels, 2)
    count = len(blocks) - taps + 1
    sums = np.zeros((count, channels, 2), F32)
    for tap in range(taps):
        weight = h[tap * channels : (tap + 1) * channels, np.newaxis]
        sums += weight * blocks[tap : tap + count]
    sums *= scale
    return sums[..., 0], sums[..., 1]


def channelised(raw, sample_format, channels, taps, window="hamming"):
    """All spectra of consecutive samples, as raw[number, 2]: two float32[spectrum, channel], lowest
    frequency first."""
    _, zero, scale = FORMATS[sample_format]
    samples = raw.astype(F32) - F32(zero)
    first, middle, stages, last = PLANS[channels]
    re, im = folded(samples, channels, taps, window, scale)
    count = len(re)

    # [j, spectrum, p] -> [k, spectrum, p], and then p before k.
    shape = (count, first, channels // first)
    points = Points(*(np.moveaxis(part.reshape(shape), 1, 0) for part in (re, im)))
    re, im = points.transform()
    cosine, sine = twiddles(channels, first)
    re, im = times(re, im, cosine[:, np.newaxis], sine[:, np.newaxis])
    # [spectrum, run, p, f]
    re, im = (np.moveaxis(part, 0, 2)[:, np.newaxis] for part in (re, im))

    for _ in range(stages):
        _, runs, length, _ = re.shape
        shape = (count, runs, middle, length // middle, first)
        points = Points(*(np.moveaxis(part.reshape(shape), 2, 0) for part in (re, im)))
        re, im = points.transform()
        cosine, sine = (
            table[:, np.newaxis, np.newaxis, :, np.newaxis] for table in twiddles(length, middle)
        )
        re, im = times(re, im, cosine, sine)
        shape = (count, runs * middle, length // middle, first)
        re, im = (np.moveaxis(part, 0, 2).reshape(shape) for part in (re, im))

    points = Points(*(np.moveaxis(part, 2, 0) for part in (re, im)))
    re, im = points.transform()  # [k, spectrum, run, f]
    if stages == 2:  # the digits of `run` are in the opposite order
        shape = (last, count, middle, middle, first)
        re, im = (np.swapaxes(part.reshape(shape), 2, 3) for part in (re, im))
    re, im = (np.moveaxis(part.reshape(last, count, -1), 0, 1) for part in (re, im))
    shape = (count, channels)
    return tuple(np.fft.fftshift(part.reshape(shape), axes=1) for part in (re, im))


def quantised(re, im, gains):
    """(int8[spectrum, channel, 2], how many values were beyond in each spectrum)."""
    gain_re, gain_im = gains.real.astype(F32), gains.imag.astype(F32)
    values = np.stack(
        [np.rint(re * gain_re - im * gain_im), np.rint(re * gain_im + im * gain_re)], axis=-1
    )
    limited = np.clip(values, -127, 127)
    return limited.astype(np.int8), (values != limited).any(axis=-1).sum(axis=1)


class Engine:
    """What a stream makes of samples raw[polarisation][number, 2] that begin at sample `start`, where
    `start` and their number are multiples of the samples of a block."""

    def __init__(self, channels, taps=8, spectra=32, window="hamming", sample_format="ci8"):
        self.channels, self.taps, self.spectra = channels, taps, spectra
        self.window, self.sample_format = window, sample_format

    @property
    def block_samples(self):
        return self.channels * self.spectra

    def blocks(self, raw, start, gains):
        """{timestamp: int8[channel, spectrum, polarisation, 2]} of all blocks whose samples are there,
        and {timestamp: [values beyond] of the two polarisations}. `gains`: complex64[polarisation,
        channel], or a function from a timestamp to that."""
        gains_at = gains if callable(gains) else lambda timestamp: gains
        channels = [
            channelised(samples, self.sample_format, self.channels, self.taps, self.window)
            for samples in raw
        ]
        # The first spectrum ends at the end of block taps - 1 of the samples.
        blocks, beyond = {}, {}
        count = len(channels[0][0])
        end = len(raw[0]) // self.block_samples
        for block in range(end):
            first = block * self.spectra - (self.taps - 1)
            if first < 0 or first + self.spectra > count:
                continue
            timestamp = start + block * self.block_samples
            parts = [
                quantised(
                    re[first : first + self.spectra], im[first : first + self.spectra],
                    gains_at(timestamp)[i],
                )
                for i, (re, im) in enumerate(channels)
            ]
            blocks[timestamp] = np.stack([part[0] for part in parts], axis=2).swapaxes(0, 1)
            beyond[timestamp] = [int(part[1].sum()) for part in parts]
        return blocks, beyond
