#!/usr/bin/env python3
"""Signals at random moments, full disks, closed pipes, cut and vanishing input, and two runs at one
time: what the example programs leave behind then.

    WATERFALL=... REACTION_DIFFUSION=... tests/programs/process_test.py [Class[.test]]

The moments are random; JUGGLE_SEED=N gives those of an earlier run again, as far as a program comes
to the same place in the same time.
"""

import errno
import io
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time
import zlib

import numpy as np

import torture
from example_test import HANG_GUARD, NOISE, ExampleTest, path_of
from waterfall_test import WaterfallTest, make_bytes

SEED = int(os.environ.get("JUGGLE_SEED", random.SystemRandom().randrange(2**32)))


def png_is_whole(data):
    """All chunks are there, with their checksums, and the picture can be unpacked."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return False
    place, pixels = 8, b""
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        kind, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        check = data[place + 8 + size : place + 12 + size]
        if zlib.crc32(kind + content) != int.from_bytes(check, "big"):
            return False
        pixels += content if kind == b"IDAT" else b""
        place += 12 + size
        if kind == b"IEND":
            return place == len(data) and len(zlib.decompress(pixels)) > 0
    return False


class RandomMoments:
    """Ends a program at moments spread over the time that it takes by itself."""

    rounds = 100 if torture.WHOLE else 5

    def run_until(self, moment, number, arguments, environment=None):
        """Gives the status and what it said; `number` is the signal."""
        process = subprocess.Popen(
            [self.program(), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env={**os.environ, **(environment or {})},
            text=True,
        )
        try:
            output, messages = process.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
            output, messages = process.communicate(timeout=HANG_GUARD)
        torture.count_case()
        return process.returncode, output, NOISE.sub("", messages)

    def time_of(self, arguments):
        self.run_until(HANG_GUARD, 0, arguments)  # has the kernels compiled
        start = time.monotonic()
        status, _, messages = self.run_until(HANG_GUARD, 0, arguments)
        self.assertEqual(status, 0, messages)
        return time.monotonic() - start

    def moments(self, arguments):
        """Pairs of a number and a moment; some moments are behind the end."""
        length = 1.1 * self.time_of(arguments)
        chance = random.Random(SEED)
        print(f"{self.id()}: JUGGLE_SEED={SEED}", file=sys.stderr)
        for place in range(self.rounds):
            yield place, length * (place + chance.random()) / self.rounds

    def files(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


class WaterfallMoments(RandomMoments, WaterfallTest):
    OLD = {"x.npy": b"old spectra", "x.png": b"old picture"}
    ARGUMENTS = (
        *("--generate", 2 if torture.WHOLE else 0.5, "--channels", 64, "--integrate", 4),
        *("--chunk", 4096, "--output", "x"),
    )

    def setUp(self):
        super().setUp()
        self.whole = self.spectra(*self.ARGUMENTS[:-2])
        for name in "spectra.npy", "spectra.png":
            (self.folder / name).unlink()

    def put_old_files(self):
        for name, content in self.OLD.items():
            self.write(name, content)

    def check_new_files(self, files):
        """Whole spectra, from the first on."""
        rows = np.load(io.BytesIO(files["x.npy"]))
        np.testing.assert_array_equal(rows, self.whole[: len(rows)])
        self.assertEqual(rows.shape[1], 64)
        self.assertTrue(png_is_whole(files["x.png"]))
        return len(rows)

    def test_sigint_and_sigterm(self):
        lengths = []
        for place, moment in self.moments(self.ARGUMENTS):
            number = signal.SIGINT if place % 2 == 0 else signal.SIGTERM
            self.put_old_files()
            with self.subTest(signal=number, moment=moment):
                status, _, messages = self.run_until(moment, number, self.ARGUMENTS)
                files = self.files()
                self.assertEqual(sorted(files), sorted(self.OLD), messages)
                if status == -number:  # before it handles signals, or when all is done
                    if files != self.OLD:
                        self.assertEqual(self.check_new_files(files), len(self.whole))
                    continue
                self.assertEqual(status, 0, messages)
                lengths.append(self.check_new_files(files))
        self.assertTrue(lengths)
        if torture.WHOLE:  # a few moments may all be before the first spectra or behind the last
            self.assertTrue(any(0 < length < len(self.whole) for length in lengths), lengths)

    def test_while_kernels_are_compiled(self):
        """The compiler handles signals, too, and must not spoil it."""
        arguments = ("--generate", 0.01, "--output", "x")
        new = {"POCL_CACHE_DIR": str(self.folder / "kernels")}
        start = time.monotonic()
        status, _, messages = self.run_until(HANG_GUARD, 0, arguments, new)
        self.assertEqual(status, 0, messages)
        length = time.monotonic() - start
        rows = len(np.load(self.path("x.npy")))
        chance = random.Random(SEED)
        ends = []
        for place in range(self.rounds):
            shutil.rmtree(self.folder / "kernels", ignore_errors=True)
            for path in self.folder.glob("x.*"):
                path.unlink()
            moment = length * (place + chance.random()) / self.rounds
            with self.subTest(moment=moment):
                status, _, messages = self.run_until(moment, signal.SIGINT, arguments, new)
                ends.append(status)
                self.assertIn(status, (0, -signal.SIGINT), messages)
                left = sorted(path.name for path in self.folder.glob("x.*"))
                if status == 0:
                    self.assertEqual(left, ["x.npy", "x.png"])
                elif left:  # when all is done, signals kill again
                    self.assertEqual(left, ["x.npy", "x.png"])
                    self.assertEqual(len(np.load(self.path("x.npy"))), rows)
                    self.assertTrue(png_is_whole((self.folder / "x.png").read_bytes()))
        self.assertIn(0, ends)

    def test_kill(self):
        killed, parts = 0, set()
        for _, moment in self.moments(self.ARGUMENTS):
            for path in self.folder.iterdir():  # what an earlier one left as a part stays
                if not path.name.endswith(".part"):
                    path.unlink()
            self.put_old_files()
            with self.subTest(moment=moment):
                status, _, messages = self.run_until(moment, signal.SIGKILL, self.ARGUMENTS)
                self.assertIn(status, (0, -signal.SIGKILL), messages)
                killed += status != 0
                files = self.files()
                parts.update(set(files) - set(self.OLD))
                # Either as it was, or whole; the spectra are there first.
                new = [name for name in self.OLD if files[name] != self.OLD[name]]
                self.assertIn(new, ([], ["x.npy"], ["x.npy", "x.png"]))
                if new:
                    np.testing.assert_array_equal(np.load(self.path("x.npy")), self.whole)
                if len(new) == 2:
                    self.assertTrue(png_is_whole(files["x.png"]))
        self.assertGreater(killed, 0)
        self.assertLessEqual(parts, {f"{name}.part" for name in self.OLD})
        if torture.WHOLE:
            self.assertGreater(killed, self.rounds // 3)
            self.assertEqual(len(parts), len(self.OLD))
        # What they left behind disturbs nobody.
        self.write("x.npy.part", b"stale" * 1_000_000)
        self.write("x.png.part", b"stale" * 1_000_000)
        self.run_well(*self.ARGUMENTS)
        self.assertEqual(sorted(self.files()), sorted(self.OLD))
        self.assertEqual(self.check_new_files(self.files()), len(self.whole))


class ReactionDiffusionMoments(RandomMoments, ExampleTest):
    name = "reaction_diffusion"
    rounds = 30 if torture.WHOLE else 3
    ARGUMENTS = ("--size", 128, "--steps", 1000, "--every", 4, "--output", "f", "--mode", "juggled")

    def check_moments(self, number, statuses):
        ends = set()
        for _, moment in self.moments(self.ARGUMENTS):
            for path in self.folder.glob("*.png"):
                path.unlink()
            with self.subTest(moment=moment):
                status, _, messages = self.run_until(moment, number, self.ARGUMENTS)
                self.assertIn(status, (0, *statuses), messages)
                ends.add(status)
                for name, content in self.files().items():
                    if name.endswith(".png"):
                        self.assertTrue(png_is_whole(content), name)
                    else:
                        self.assertEqual(number, signal.SIGKILL, name)
                        self.assertRegex(name, r"\Af-\d{5}\.png\.part\Z")
        self.assertTrue(ends.intersection(statuses), ends)

    def test_sigint(self):
        self.check_moments(signal.SIGINT, (130, -signal.SIGINT))

    def test_kill(self):
        self.check_moments(signal.SIGKILL, (-signal.SIGKILL,))
        status, _, messages = self.run_until(HANG_GUARD, 0, self.ARGUMENTS)
        self.assertEqual((status, messages), (0, ""))
        # What belongs to frames that this run writes, too, is gone: all that there could be.
        self.assertEqual([name for name in self.files() if name.endswith(".part")], [])


class WaterfallFullDisk(WaterfallTest):
    """On a real file system that is too small, where the system lets a test mount one."""

    OPTIONS = ("--channels", 64, "--integrate", 1, "--chunk", 50_000, "--output", "disk/x")
    MOUNT = 'mount -t tmpfs -o size="$1" none disk && shift && '
    KEPT = 'cp -a old/. disk && { "$@"; status=$?; cp -a disk/. left; exit $status; }'

    def run_on_disk(self, size, *arguments):
        """In a namespace of its own, with user and mount; gives the result, and what was left."""
        for name in "disk", "old", "left":
            (self.folder / name).mkdir(exist_ok=True)
        for path in (self.folder / "left").iterdir():
            path.unlink()
        self.write("old/x.npy", b"old spectra")
        self.write("old/x.png", b"old picture")
        result = subprocess.run(
            ["unshare", "--map-root-user", "--mount", "sh", "-c", self.MOUNT + self.KEPT, "sh",
             str(size), *map(str, arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=HANG_GUARD, cwd=self.folder,
        )
        return result, {path.name: path.read_bytes() for path in (self.folder / "left").iterdir()}

    def setUp(self):
        super().setUp()
        result, _ = self.run_on_disk("64k", "true")
        if result.returncode != 0:
            self.skipTest(f"cannot mount: {result.stderr.decode()}")

    def test_at_any_write(self):
        options = ("--generate", 0.05, *self.OPTIONS)
        self.run_well("--generate", 0.05, *self.OPTIONS[:-1], self.path("whole"))
        whole = {name: (self.folder / f"whole.{name}").read_bytes() for name in ("npy", "png")}
        page = 4096
        pages = sum(len(content) // page + 1 for content in whole.values())
        ends = set()
        # Two pages for the old files; then the header, rows, or the picture do not fit.
        for more in torture.shared_out(pages + 10, 6):
            with self.subTest(pages=2 + more):
                torture.count_case()
                result, left = self.run_on_disk((2 + more) * page, self.program(), *options)
                message = NOISE.sub("", result.stderr.decode())
                self.assertEqual(sorted(left), ["x.npy", "x.png"])
                if result.returncode == 0:
                    self.assertEqual(left, {f"x.{name}": whole[name] for name in whole})
                    ends.add("whole")
                    continue
                self.assertEqual(result.returncode, 1, message)
                failed = "png" if "x.png" in message else "npy"
                text = os.strerror(errno.ENOSPC)
                self.assertRegex(
                    message, rf"\Awaterfall: error: [^\n]*'disk/x\.{failed}'[^\n]*{text}\n\Z"
                )
                self.assertEqual(left["x.png"], b"old picture")
                if left["x.npy"] != b"old spectra":  # it was complete when the picture failed
                    self.assertEqual((failed, left["x.npy"]), ("png", whole["npy"]))
                ends.add(failed)
        self.assertLessEqual({"npy", "whole"}, ends)


class WaterfallInput(WaterfallTest):
    OPTIONS = ("--channels", 64, "--integrate", 2, "--chunk", 1000, "--output", "x")
    SAMPLE_BYTES = {"cu8": 2, "ci16": 4, "cf32": 8}

    def test_cut_anywhere_in_a_sample(self):
        for sample_format, size in self.SAMPLE_BYTES.items():
            whole = make_bytes(sample_format, 2000 + 1)
            for cut in range(1, size):
                for chunks in (0, 1, 2):  # the end is behind, or inside of, a chunk
                    data = whole[: (1000 * chunks) * size + cut]
                    with self.subTest(format=sample_format, cut=cut, chunks=chunks):
                        torture.count_case()
                        message = self.run_badly(
                            "--input", "-", "--format", sample_format, *self.OPTIONS, input=data
                        )
                        self.assertIn(
                            f"ends with an incomplete sample ({cut} of the {size} bytes", message
                        )
                        self.assertEqual(os.listdir(self.folder), [])

    def test_file_that_is_cut_while_it_is_read(self):
        data = self.write("samples", make_bytes("ci16", 3_000_000))
        process = self.start("--input", data, "--format", "ci16", *self.OPTIONS)
        process.stdin.close()
        part = self.folder / "x.npy.part"
        while process.poll() is None and not (part.exists() and part.stat().st_size > 10_000):
            pass
        os.truncate(data, 4 * 1_000_000 + 3)  # behind, or before, the place where it is
        status = process.wait(HANG_GUARD)
        torture.count_case()
        self.assertIn(status, (0, 1))  # a read behind the end just ends the input
        if status == 0:
            self.assertGreater(len(np.load(self.path("x.npy"))), 0)
        else:
            self.assertEqual(os.listdir(self.folder), ["samples"])

    def test_file_that_is_removed_while_it_is_read(self):
        samples = make_bytes("cu8", 200_000)
        data = self.write("samples", samples)
        whole = self.spectra("--input", data, *self.OPTIONS[:-2])
        process = self.start("--input", data, *self.OPTIONS)
        process.stdin.close()
        while process.poll() is None and not (self.folder / "x.npy.part").exists():
            pass
        os.unlink(data)
        self.assert_ends_with(0, process)  # it has it open
        torture.count_case()
        np.testing.assert_array_equal(np.load(self.path("x.npy")), whole)

    def test_the_writer_of_a_pipe_is_killed(self):
        writer = subprocess.Popen(["cat", "/dev/zero"], stdout=subprocess.PIPE)
        process = subprocess.Popen(
            [self.program(), "--input", "-", *map(str, self.OPTIONS)],
            stdin=writer.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder,
        )
        writer.stdout.close()
        part = self.folder / "x.npy.part"
        while not part.exists() or part.stat().st_size < 100_000:
            self.assertIsNone(process.poll())
        writer.kill()
        writer.wait()
        _, messages = process.communicate(timeout=HANG_GUARD)
        torture.count_case()
        # What has come is a stream that ended, if it ended behind a sample.
        self.assertIn(process.returncode, (0, 1), messages)
        if process.returncode == 0:
            self.assertGreater(len(np.load(self.path("x.npy"))), 0)
        else:
            self.assertIn(b"incomplete sample", messages)
            self.assertEqual(os.listdir(self.folder), [])


class TwoRuns(WaterfallTest):
    OPTIONS = ("--channels", 64, "--output", "x")

    def test_the_second_is_refused_and_the_first_undisturbed(self):
        samples = make_bytes("cu8", 60_000)
        first = self.start("--input", "-", *self.OPTIONS)
        while not (self.folder / "x.png.part").exists():
            self.assertIsNone(first.poll())
        first.stdin.write(samples[:30_000])
        message = self.run_badly("--generate", 0.01, *self.OPTIONS)
        torture.count_case()
        self.assertEqual(
            message, "waterfall: error: --output: another run is writing 'x.npy'\n"
        )
        first.stdin.write(samples[30_000:])
        first.stdin.close()
        self.assert_ends_with(0, first)
        self.assertEqual(sorted(os.listdir(self.folder)), ["x.npy", "x.png"])
        self.assertEqual(len(np.load(self.path("x.npy"))), (60_000 // 64 - 7) // 16)

    def test_many_at_once_leave_the_files_of_one(self):
        whole = {}
        for seed in range(4):
            rows = self.spectra("--generate", 0.01, "--channels", 64, "--seed", seed)
            whole[rows.tobytes()] = seed
        for name in "spectra.npy", "spectra.png":
            (self.folder / name).unlink()
        for _ in range(20 if torture.WHOLE else 3):
            torture.count_case()
            runs = [
                subprocess.Popen(
                    [self.program(), "--generate", "0.01", "--seed", str(seed),
                     *map(str, self.OPTIONS)],
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder,
                )
                for seed in range(4)
            ]
            ends = []
            for run in runs:
                _, messages = run.communicate(timeout=HANG_GUARD)
                ends.append(run.returncode)
                if run.returncode != 0:
                    self.assertIn(b"another run is writing", messages)
            self.assertIn(0, ends)
            self.assertEqual(sorted(os.listdir(self.folder)), ["x.npy", "x.png"])
            self.assertIn(np.load(self.path("x.npy")).tobytes(), whole)


class ClosedPipes(ExampleTest):
    """Nobody reads what an example prints: one message, exit status 1, and no signal."""

    RUNS = {
        "producer_consumer": (),
        "reaction_diffusion": ("--size", 16, "--steps", 2, "--no-png"),
        "supervisor": ("--log",),
        "triple": ("--mode", "device", "--chunks", 4),  # one without a race
        "waterfall": ("--generate", 0.01),
    }

    def check(self, name, arguments):
        """As in `example | true`."""
        self.name = name
        program = path_of(name)
        read_end, write_end = os.pipe()
        os.close(read_end)
        with open(write_end, "wb") as closed:
            result = subprocess.run(
                [program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                stdout=closed, stderr=subprocess.PIPE, timeout=HANG_GUARD, cwd=self.folder,
                text=True, check=False,
                # The shell's default; Python ignores it in what it starts, unless told.
                restore_signals=True,
            )
        torture.count_case()
        self.assertEqual(result.returncode, 1, result)
        self.assertRegex(
            NOISE.sub("", result.stderr), rf"\A{name}: error: cannot write to standard output.*\n\Z"
        )

    def test_all_examples(self):
        for name, arguments in self.RUNS.items():
            for more in (arguments, ("--help",)):
                with self.subTest(name=name, arguments=more):
                    self.check(name, more)


if __name__ == "__main__":
    torture.main()
