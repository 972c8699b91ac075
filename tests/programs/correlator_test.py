#!/usr/bin/env python3
"""Tests of the program `correlator`, from the outside, against NumPy.

    CORRELATOR=build/release/demos/correlator MPIEXEC=mpiexec tests/programs/correlator_test.py [Class[.test]]

Without MPIEXEC it is one rank, which it is without MPI, too.
"""

import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import unittest
import uuid

import numpy as np

from example_test import HANG_GUARD, ExampleTest, run_checked

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "demos" / "correlator"))
sys.dont_write_bytecode = True
from visibilities import visibilities  # noqa: E402

MPIEXEC = os.environ.get("MPIEXEC", "")
RANKS = (1, 2, 3, 4, 8) if MPIEXEC else (1,)
# All ranks of a test are on the same few cores.
FEW_THREADS = {"POCL_MAX_PTHREAD_COUNT": "1", "POCL_MAX_COMPUTE_UNITS": "1"}

# Five antennas and 64 channels are divided evenly among almost no number of ranks.
ANTENNAS, CHANNELS, TAPS, SPECTRA, INTEGRATE, CHUNKS = 5, 64, 4, 16, 2, 5
SHAPE = ("--channels", CHANNELS, "--taps", TAPS, "--chunk", SPECTRA, "--integrate", INTEGRATE)


def noise(antennas=ANTENNAS, chunks=CHUNKS, rest=0, seed=1):
    """int8[antenna, sample, 2], with some at both ends of the range."""
    rng = np.random.default_rng(seed)
    samples = CHANNELS * (TAPS - 1 + SPECTRA * chunks) + rest
    return rng.normal(0, 45, (antennas, samples, 2)).clip(-128, 127).round().astype(np.int8)


def expected(raw, chunks=CHUNKS, **options):
    return visibilities(raw, CHANNELS, TAPS, SPECTRA, INTEGRATE, chunks, **options)


class CorrelatorTest(ExampleTest):
    name = "correlator"

    def command(self, ranks, *arguments):
        launcher = [MPIEXEC, "-n", str(ranks)] if ranks > 1 else []  # one needs nobody to start it
        return [*launcher, self.program(), *map(str, arguments)]

    def run_ranks(self, ranks, *arguments, status=0, **options):
        """Gives what a run says on standard output and error."""
        result = run_checked(
            self.command(ranks, *arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=self.folder, env={**os.environ, **FEW_THREADS}, text=True,
            **options,
        )
        if status == 0:
            self.assertEqual(result.returncode, 0, result.stdout[-500:] + result.stderr)
        else:
            self.assertNotEqual(result.returncode, 0, result.stdout[-500:])
        return result.stdout, result.stderr

    def visibilities(self, ranks, *arguments):
        self.run_ranks(ranks, "--output", "out", *arguments)
        return np.load(self.folder / "out.npy")

    def write(self, raw, together=True):
        """Gives the options by which these samples are the input."""
        if together or len(raw) == 1:
            raw.swapaxes(0, 1).tofile(self.folder / "all")
            return ["--input", "all", "--antennas", len(raw)]
        for antenna, samples in enumerate(raw):
            samples.tofile(self.folder / f"antenna{antenna}")
        return [f"--input=antenna{antenna}" for antenna in range(len(raw))]


class Exact(CorrelatorTest):
    """Each number is that of NumPy, on any number of ranks."""

    def test_files_of_each_antenna(self):
        raw = noise()
        files = self.write(raw, together=False)
        want = expected(raw)
        for ranks in RANKS:
            with self.subTest(ranks=ranks):
                got = self.visibilities(ranks, *files, *SHAPE)
                self.assertEqual(got.dtype, np.complex128)
                np.testing.assert_array_equal(got, want)

    def test_one_file_of_all(self):
        raw = noise(rest=17)  # samples that do not fill a chunk are left out
        files = self.write(raw)
        for ranks in RANKS[-2:]:
            with self.subTest(ranks=ranks):
                got = self.visibilities(ranks, *files, *SHAPE, "--in-flight", 1)
                np.testing.assert_array_equal(got, expected(raw))

    def test_filters_and_gains(self):
        raw = noise(antennas=2)
        files = self.write(raw)
        got = self.visibilities(RANKS[-1], *files, *SHAPE, "--window", "hann", "--gain", 4)
        np.testing.assert_array_equal(got, expected(raw, window="hann", gain=4))

    def test_calls_that_block(self):
        raw = noise()
        files = self.write(raw)
        for ranks in RANKS[:3]:
            with self.subTest(ranks=ranks):
                got = self.visibilities(ranks, *files, *SHAPE, "--blocking")
                np.testing.assert_array_equal(got, expected(raw))

    def test_one_antenna(self):
        raw = noise(antennas=1)
        got = self.visibilities(RANKS[-1], *self.write(raw), *SHAPE)
        np.testing.assert_array_equal(got, expected(raw))


class Sky(CorrelatorTest):
    """The phases of simulated sources are what their delays make them."""

    SPECTRA = 64
    shape = ("--channels", CHANNELS, "--taps", TAPS, "--chunk", SPECTRA, "--chunks", 12,
             "--integrate", 4)

    def assert_phases(self, visibilities, delays):
        """`delays`: from one antenna to the next, in samples, in each row."""
        frequency = (np.arange(CHANNELS) - CHANNELS // 2) / CHANNELS  # cycles a sample
        middle = np.abs(frequency) < 0.4  # where the simulated delay is exact
        pairs = [(i, j) for j in range(3) for i in range(j + 1)]
        for row, delay in zip(visibilities, delays, strict=True):
            for (i, j), values in zip(pairs, row.T, strict=True):
                turned = values * np.exp(-2j * np.pi * frequency * (j - i) * delay)
                worst = np.abs(np.angle(turned[middle])).max()
                self.assertLess(worst, 0.05, (i, j, delay))

    def test_slope_over_channels(self):
        for delay in 0.37, -2.5:
            with self.subTest(delay=delay):
                got = self.visibilities(RANKS[:2][-1], "--antennas", 3, "--source", f"{delay},100",
                                        *self.shape)
                self.assert_phases(got, [delay] * 3)

    def test_drift(self):
        got = self.visibilities(1, "--antennas", 3, "--source", "0.5,100,5", *self.shape)
        row = CHANNELS * self.SPECTRA * 4
        middles = [row * (k + 0.5) + CHANNELS * (TAPS - 1) / 2 for k in range(3)]
        self.assert_phases(got, [0.5 + 5e-6 * middle for middle in middles])

    def test_same_on_any_number_of_ranks(self):
        first, *others = (self.visibilities(ranks, *self.shape) for ranks in RANKS)
        for other in others:
            np.testing.assert_array_equal(other, first)

    def test_picture_and_timeline(self):
        ranks = RANKS[:2][-1]
        output, _ = self.run_ranks(ranks, *self.shape, "--timeline", "run.html")
        self.assertIn("Msamples/s", output)
        self.assertTrue((self.folder / "correlator.png").read_bytes().startswith(b"\x89PNG"))
        page = (self.folder / "run.html").read_text()
        self.assertIn("correlate", page)
        self.assertEqual("MPI_Ialltoallv" in page, bool(MPIEXEC))
        for rank in range(ranks) if ranks > 1 else ():
            self.assertIn(f"rank {rank}: F", page)


class Ends(CorrelatorTest):
    """Whichever rank is asked to stop, all end behind the same chunk."""

    def interrupt(self, ranks, rank, number):
        """Sends a signal to one rank of a run without an end. Gives the number of its chunks."""
        token = uuid.uuid4().hex
        process = subprocess.Popen(
            self.command(ranks, *SHAPE, "--chunks", 0, "--output", "out"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=self.folder, env={**os.environ, **FEW_THREADS, "CORRELATOR_TEST": token},
        )
        for pipe in process.stdout, process.stderr:
            self.addCleanup(pipe.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        first = process.stdout.readline()
        self.assertRegex(first, rf"^{ranks} rank")
        os.kill(self.find_rank(token, rank) if ranks > 1 else process.pid, number)
        output, messages = process.communicate(timeout=HANG_GUARD)
        self.assertEqual(process.returncode, 0, output + messages)
        return int(re.search(r"^interrupted after (\d+) chunks", output, re.MULTILINE).group(1))

    def find_rank(self, token, rank):
        """The process that is this rank of the run whose environment has the token."""
        own = {f"CORRELATOR_TEST={token}".encode()}
        names = {f"{name}={rank}".encode() for name in ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK")}
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                variables = set((folder / "environ").read_bytes().split(b"\0"))
            except OSError:
                continue  # another's, or one that has just ended
            if own <= variables and names & variables:
                return int(folder.name)
        self.fail(f"no rank {rank}")

    def check(self, ranks, rank, number):
        chunks = self.interrupt(ranks, rank, number)
        got = np.load(self.folder / "out.npy")
        self.assertEqual(len(got), -(-chunks // INTEGRATE))
        if chunks == 0:
            return
        want = self.visibilities(1, *SHAPE, "--chunks", chunks)
        np.testing.assert_array_equal(got, want)

    def test_interrupted(self):
        for rank in range(RANKS[:3][-1]):
            with self.subTest(rank=rank):
                self.check(RANKS[:3][-1], rank, signal.SIGINT)

    def test_terminated(self):
        ranks = RANKS[:2][-1]
        self.check(ranks, ranks - 1, signal.SIGTERM)

    def test_end_of_the_shortest_file(self):
        raw = noise()
        files = self.write(raw, together=False)
        raw[3, : CHANNELS * (TAPS - 1 + 3 * SPECTRA)].tofile(self.folder / "antenna3")
        for ranks in RANKS[:3]:
            with self.subTest(ranks=ranks):
                output, _ = self.run_ranks(ranks, *files, *SHAPE, "--output", "out")
                self.assertIn("\nthe last row is the sum of 1 chunks instead of 2\n", output)
                self.assertIn("\n3 chunks, ", output)
                np.testing.assert_array_equal(np.load(self.folder / "out.npy"), expected(raw, 3))


class BadInput(CorrelatorTest):
    """One message, or one of each rank that has something to say, and all ranks end."""

    ranks = RANKS[:2][-1]

    def message(self, *arguments, ranks=None, **options):
        _, messages = self.run_ranks(ranks or self.ranks, *arguments, status=1, **options)
        found = re.findall(r"^correlator: error: (.*)$", messages, re.MULTILINE)
        self.assertEqual(len(found), 1, messages)
        self.assertFalse(list(self.folder.glob("*.npy")))
        return found[0]

    def test_options(self):
        for arguments, message in [
            (["--channels", "100"], "--channels: '100' is not a power of two from 16 to 8192"),
            (["--chunk", "4"], "--chunk: '4' is not a power of two from 8 to 65536"),
            (["--antennas", "0"], "-a,--antennas: '0' is not a whole number from 1 to 512"),
            (["--source", "1,-1"], "--source: '1,-1' is not DELAY[,POWER[,DRIFT]], numbers up to "
                                   "1000, no power below zero"),
            (["--baseline", "2,1"], "--baseline: '2,1' is not two antennas, the lower number first, "
                                    "such as 0,1"),
            (["--baseline", "1,4"], "--baseline: there is no antenna 4 of 4, which begin with 0"),
            (["--input=a", "--input=b", "--source", "1"], "--source: there is no simulated sky with --input"),
            (["--input=a", "--input=b", "--antennas", "3"],
             "--antennas: 3 is not one for each of the 2 files, nor is there one for all"),
            (["--input", "a"], "--antennas is needed: there is one file for all of them"),
            (["--output", "folder/"], "--output: 'folder/' does not name a file"),
        ]:
            with self.subTest(arguments=arguments):
                self.assertEqual(self.message(*arguments, ranks=1), message)

    def test_option_on_several_ranks(self):
        self.assertEqual(self.message("--taps", "0"),
                         "--taps: '0' is not a whole number from 1 to 64")

    @unittest.skipUnless(MPIEXEC, "one rank has no others")
    def test_option_of_one_rank_alone(self):
        one = ["-n", "1", self.program()]
        result = run_checked([MPIEXEC, *one, "--chunks", "2", ":", *one, "--taps", "0"],
                             stdin=subprocess.DEVNULL, capture_output=True, cwd=self.folder,
                             env={**os.environ, **FEW_THREADS}, text=True)
        self.assertNotEqual(result.returncode, 0, result.stderr)
        self.assertEqual(re.findall(r"^correlator: error: (.*)$", result.stderr, re.MULTILINE),
                         ["--taps: '0' is not a whole number from 1 to 64"])
        self.assertFalse(list(self.folder.glob("*.npy")))

    def test_file_of_one_rank_alone(self):
        files = self.write(noise(antennas=4), together=False)
        (self.folder / "antenna3").unlink()
        who = f"rank {self.ranks - 1}: " if self.ranks > 1 else ""
        self.assertEqual(self.message(*files, *SHAPE),
                         who + "--input: cannot open 'antenna3': No such file or directory")

    def test_no_file(self):
        (self.folder / "antenna0").mkdir()
        self.assertEqual(self.message("--input", "antenna0", "--antennas", 1, *SHAPE, ranks=1),
                         "--input: 'antenna0' is not a file")

    def test_nothing_to_correlate(self):
        files = self.write(noise(chunks=0))
        _, messages = self.run_ranks(self.ranks, *files, *SHAPE, "--output", "out")
        self.assertIn("correlator: warning: there is no chunk of samples; the output is empty",
                      messages)
        self.assertEqual(np.load(self.folder / "out.npy").shape, (0, CHANNELS, 15))

    def test_full_disk(self):
        """Rank 0 finds out when others have begun to wait for it."""
        limit = 1 << 26  # MPI's own shared memory needs some of it
        message = self.message(
            "--antennas", 64, "--channels", CHANNELS, "--taps", 1, "--chunk", 8, "--integrate", 1,
            "--chunks", 0,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        )
        self.assertIn("File too large", message)
        if self.ranks > 1:
            self.assertTrue(message.startswith("rank 0: "), message)


if __name__ == "__main__":
    unittest.main()
