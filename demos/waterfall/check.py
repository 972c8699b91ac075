#!/usr/bin/env python3
"""Compares spectra of `waterfall` with the same filter bank computed by NumPy.

    check.py out/modes1.npy --input modes1.bin --format cu8 --channels 256 --taps 8 --integrate 4

Prints the largest difference, relative to the largest value, and exits with status 1 if it
is above --tolerance or if the shape is not the expected one.
"""

import argparse
import sys

import numpy as np

FORMATS = {
    "cu8": (np.dtype("u1"), 127.5, 128.0),
    "ci8": (np.dtype("i1"), 0.0, 128.0),
    "ci16": (np.dtype("<i2"), 0.0, 32768.0),
    "cf32": (np.dtype("<f4"), 0.0, 1.0),
}


def read_samples(path, sample_format):
    """All I/Q samples of a file as complex128."""
    dtype, offset, scale = FORMATS[sample_format]
    values = (np.fromfile(path, dtype).astype(np.float64) - offset) / scale
    return values[0::2] + 1j * values[1::2]


def prototype_filter(channels, taps, window):
    """The windowed sinc, float64[taps * channels], of sum 1."""
    length = channels * taps
    n = np.arange(length)
    shape = {"hamming": np.hamming, "hann": np.hanning}[window](length)
    h = shape * np.sinc((n - (length - 1) / 2) / channels)
    return h / h.sum()


def filter_bank(samples, channels, taps, window, integrate):
    """Mean power, float64[time, channel], lowest frequency first."""
    h = prototype_filter(channels, taps, window)
    spectra = max(0, (len(samples) - len(h)) // channels + 1)
    rows = np.empty((spectra // integrate, channels))
    for row in range(len(rows)):
        power = np.zeros(channels)
        for m in range(row * integrate, (row + 1) * integrate):
            weighted = h * samples[m * channels : m * channels + len(h)]
            folded = weighted.reshape(taps, channels).sum(axis=0)
            power += np.abs(np.fft.fft(folded)) ** 2
        rows[row] = np.fft.fftshift(power / integrate)
    return rows


def largest_difference(spectra, expected):
    """Relative to the largest expected value; infinite where the shapes differ."""
    if spectra.shape != expected.shape:
        return np.inf
    if expected.size == 0:
        return 0.0
    return np.abs(spectra - expected).max() / expected.max()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("spectra", help="the .npy file")
    parser.add_argument("--input", required=True, help="the samples it was made from")
    parser.add_argument("--format", choices=FORMATS, default="cu8")
    parser.add_argument("--channels", type=int, default=256)
    parser.add_argument("--taps", type=int, default=8)
    parser.add_argument("--window", choices=["hamming", "hann"], default="hamming")
    parser.add_argument("--integrate", type=int, default=16)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    args = parser.parse_args()

    spectra = np.load(args.spectra)
    samples = read_samples(args.input, args.format)
    expected = filter_bank(samples, args.channels, args.taps, args.window, args.integrate)
    if spectra.dtype != np.dtype("<f4"):
        sys.exit(f"{args.spectra}: {spectra.dtype} where float32 was expected")
    if spectra.shape != expected.shape:
        sys.exit(f"{args.spectra}: shape {spectra.shape} where {expected.shape} was expected")
    difference = largest_difference(spectra, expected)
    print(f"{args.spectra}: shape {spectra.shape}, largest relative difference {difference:.2g}")
    if not difference <= args.tolerance:
        sys.exit(f"that is more than {args.tolerance:g}")


if __name__ == "__main__":
    main()
