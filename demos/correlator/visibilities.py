"""What `correlator` computes, in NumPy, to the last bit: the filter bank is that of
../fengine/reference.py, and what is added up are whole numbers."""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fengine"))
import reference  # noqa: E402


def channelised(raw, channels, taps, window="hamming", gain=1):
    """int8[spectrum, channel, 2] of the samples of an antenna, raw[number, 2]."""
    whole = raw[: len(raw) // channels * channels]
    re, im = reference.channelised(whole, "ci8", channels, taps, window)
    factor = np.float32(gain * 128 * np.sqrt(channels))
    return reference.quantised(re, im, np.full(channels, factor, np.complex64))[0]


def visibilities(raw, channels, taps, spectra, integrate, chunks, window="hamming", gain=1):
    """complex128[row, channel, baseline] of raw[antenna, number, 2]. Baseline (i, j), i <= j, is number
    j (j + 1) / 2 + i; its visibility is the sum of x_i conj(x_j)."""
    parts = np.stack([channelised(samples, channels, taps, window, gain) for samples in raw])
    values = parts[:, : chunks * spectra].astype(np.float64).view(np.complex128)[..., 0]
    rows = [
        np.stack([(x[i] * x[j].conj()).sum(axis=0) for j in range(len(raw)) for i in range(j + 1)],
                 axis=1)
        for x in (values[:, first : first + integrate * spectra]
                  for first in range(0, chunks * spectra, integrate * spectra))
    ]
    return np.array(rows)
