#!/usr/bin/env python3
"""Tests of the program `waterfall`, against NumPy and from the outside.

    WATERFALL=build/release/demos/waterfall tests/programs/waterfall_test.py [Class[.test]]

With WATERFALL_OPENCL it is that program, and WATERFALL is the same with --backend cuda.
"""

import os
import pathlib
import pty
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import numpy as np

import torture
from example_test import HANG_GUARD, NOISE, ExampleTest, run_checked
from timeline_reader import TimelineTest, span

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "demos" / "waterfall"
sys.path.insert(0, str(EXAMPLE))
sys.dont_write_bytecode = True
import check  # noqa: E402

TOLERANCE = 1e-6
WATERFALL_OPENCL = os.environ.get("WATERFALL_OPENCL")
PIPE_CAPACITY = 65536  # bytes, what Linux gives a pipe


def make_bytes(sample_format, samples, seed=1):
    """Noise and two tones as the bytes of a file."""
    random = np.random.default_rng(seed)
    n = np.arange(samples)
    signal_ = 0.3 * np.exp(2j * np.pi * 0.1003 * n) + 0.02 * np.exp(-2j * np.pi * 0.3217 * n)
    signal_ += 0.05 * (random.standard_normal(samples) + 1j * random.standard_normal(samples))
    values = np.stack([signal_.real, signal_.imag], axis=-1).ravel()
    if sample_format == "cu8":
        return np.clip(np.round(values * 128 + 127.5), 0, 255).astype("u1").tobytes()
    if sample_format == "ci8":
        return np.clip(np.round(values * 128), -128, 127).astype("i1").tobytes()
    if sample_format == "ci16":
        return np.clip(np.round(values * 32768), -32768, 32767).astype("<i2").tobytes()
    return values.astype("<f4").tobytes()


class WaterfallTest(ExampleTest):
    name = "waterfall"

    def path(self, name):
        return str(self.folder / name)

    def write(self, name, data):
        (self.folder / name).write_bytes(data)
        return self.path(name)

    def run_program(self, *arguments, **options):
        options = {"stdin": subprocess.DEVNULL, **options}
        if "input" in options:
            del options["stdin"]
        return run_checked(
            [self.program(), *map(str, arguments)],
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
            cwd=self.folder,
            **options,
        )

    def run_well(self, *arguments, **options):
        result = self.run_program(*arguments, **options)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        return result

    def run_badly(self, *arguments, **options):
        """Gives the message, which is all that is to be heard."""
        result = self.run_program(*arguments, **options)
        message = NOISE.sub("", result.stderr.decode())
        self.assertEqual(result.returncode, 1, message)
        self.assertRegex(message, r"\Awaterfall: error: ")
        return message

    def spectra(self, *arguments, **options):
        self.run_well(*arguments, "--output", self.path("spectra"), **options)
        return np.load(self.path("spectra.npy"))

    def assert_agrees(self, spectra, expected):
        self.assertEqual(spectra.dtype, np.dtype("<f4"))
        self.assertEqual(spectra.shape, expected.shape)
        self.assertLessEqual(check.largest_difference(spectra, expected), TOLERANCE)

    # PoCL writes intermediate files when it builds kernels, and does not survive it when that
    # fails; they stay below this limit.
    DISK_SIZE = 4 << 20

    def fill_disk(self):
        """For the program, before it begins."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.DISK_SIZE, self.DISK_SIZE))

    def start(self, *arguments, **options):
        """With a pipe as its input; what it says goes to a file."""
        self.messages = tempfile.TemporaryFile()
        self.addCleanup(self.messages.close)
        process = subprocess.Popen(
            [self.program(), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=self.messages,
            stderr=self.messages,
            bufsize=0,
            cwd=self.folder,
            **options,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdin.close)
        return process

    def assert_ends_with(self, status, process):
        ended = process.wait(HANG_GUARD)
        self.messages.seek(0)
        message = self.messages.read().decode()
        self.assertEqual(ended, status, message)
        return message


class SpectraTest(WaterfallTest):
    def compare(self, sample_format, samples, chunks, channels, taps, integrate, window="hamming"):
        data = self.write("samples", make_bytes(sample_format, samples))
        expected = check.filter_bank(
            check.read_samples(data, sample_format), channels, taps, window, integrate
        )
        first = None
        for chunk in chunks:
            with self.subTest(format=sample_format, channels=channels, taps=taps, chunk=chunk):
                spectra = self.spectra(
                    *("--input", data, "--format", sample_format, "--channels", channels),
                    *("--taps", taps, "--window", window, "--integrate", integrate),
                    *("--chunk", chunk),
                )
                self.assert_agrees(spectra, expected)
                first = spectra if first is None else first
                np.testing.assert_array_equal(spectra, first)


class Spectra(SpectraTest):
    """The filter bank is the one that NumPy computes, however the stream is cut."""

    def test_as_in_the_readme(self):
        self.compare("cu8", 50_000, [4096, 65536], channels=256, taps=8, integrate=4)

    def test_chunks_that_fit_nothing(self):
        self.compare("cu8", 9_999, [1, 97, 1000, 9_998, 9_999, 10_000], 64, 5, 3)

    def test_chunks_shorter_than_the_filter(self):
        self.compare("ci16", 70_000, [1000, 8191, 65536], channels=8192, taps=4, integrate=1)

    def test_fewest_channels(self):
        self.compare("ci16", 20_000, [33, 4096], channels=16, taps=3, integrate=7)

    def test_signed_bytes(self):
        self.compare("ci8", 20_000, [4096], channels=64, taps=6, integrate=3)

    def test_one_tap(self):
        self.compare("cf32", 10_000, [1000], channels=32, taps=1, integrate=2)

    def test_hann_window(self):
        self.compare("cf32", 30_000, [4096, 5000], 128, 16, 5, window="hann")

    def test_many_taps(self):
        self.compare("cu8", 40_000, [4096], channels=64, taps=200, integrate=4)

    def test_rows_longer_than_many_chunks(self):
        self.compare("cu8", 60_000, [777, 65536], channels=16, taps=8, integrate=1500)

    def test_more_chunks_in_flight_give_the_same(self):
        data = self.write("samples", make_bytes("cu8", 30_000))
        options = ("--input", data, "--channels", 64, "--integrate", 2, "--chunk", 500)
        one = self.spectra(*options, "--in-flight", 1)
        np.testing.assert_array_equal(self.spectra(*options, "--in-flight", 7), one)

    def test_long_sums_do_not_lose_precision(self):
        data = self.write("samples", np.full(2 * 16 * 200_000, 3e-3, "<f4").tobytes())
        spectra = self.spectra(
            *("--input", data, "--format", "cf32", "--channels", 16),
            *("--taps", 1, "--integrate", 200_000),
        )
        self.assertEqual(spectra.shape, (1, 16))
        self.assertAlmostEqual(spectra[0, 8] / (2 * 3e-3**2), 1, delta=1e-6)

    def test_the_script_agrees_and_disagrees(self):
        data = self.write("samples", make_bytes("cu8", 20_000))
        self.spectra("--input", data, "--channels", 64, "--integrate", 4)
        command = [sys.executable, str(EXAMPLE / "check.py"), self.path("spectra.npy")]
        command += ["--input", data, "--channels", "64"]
        good = subprocess.run([*command, "--integrate", "4"], capture_output=True)
        self.assertEqual(good.returncode, 0, good.stderr)
        bad = subprocess.run([*command, "--integrate", "5"], capture_output=True)
        self.assertEqual(bad.returncode, 1)
        other = subprocess.run(
            [*command, "--integrate", "4", "--window", "hann"], capture_output=True
        )
        self.assertEqual(other.returncode, 1)


class SpectraOfEachSize(SpectraTest):
    """Each number of channels is a transform of its own, each format a way of its own to read."""

    def test_each_number_of_channels(self):
        formats = ("cu8", "ci8", "ci16", "cf32")
        for n in range(4, 14):
            channels = 1 << n
            # A driver takes seconds to compile the kernels of each.
            for sample_format in formats if torture.WHOLE else (formats[n % len(formats)],):
                # Incomplete groups of spectra and rows; a row that goes on in the next chunk.
                self.compare(
                    sample_format, 24 * channels + 7, [11 * channels + 5], channels, taps=5, integrate=3
                )


class Sources(WaterfallTest):
    def test_standard_input_gives_what_the_file_gives(self):
        samples = make_bytes("cu8", 30_000)
        data = self.write("samples", samples)
        options = ("--channels", 64, "--integrate", 2, "--chunk", 1000)
        from_file = self.spectra("--input", data, *options)
        from_pipe = self.spectra("--input", "-", *options, input=samples)
        np.testing.assert_array_equal(from_pipe, from_file)
        with open(data, "rb") as redirected:
            from_redirection = self.spectra("--input", "-", *options, stdin=redirected)
        np.testing.assert_array_equal(from_redirection, from_file)

    def test_a_pipe_may_hand_out_halves_of_samples(self):
        samples = make_bytes("cf32", 3_000)
        data = self.write("samples", samples)
        options = ("--format", "cf32", "--channels", 16, "--integrate", 1)
        process = self.start("--input", "-", "--output", "spectra", *options)
        for start in range(0, len(samples), 1001):
            process.stdin.write(samples[start : start + 1001])
        process.stdin.close()
        self.assert_ends_with(0, process)
        from_pipe = np.load(self.path("spectra.npy"))
        np.testing.assert_array_equal(from_pipe, self.spectra("--input", data, *options))

    def test_named_pipe(self):
        samples = make_bytes("cu8", 30_000)
        os.mkfifo(self.path("pipe"))
        process = self.start("--input", "pipe", "--channels", 16, "--output", "spectra")
        with open(self.path("pipe"), "wb") as pipe:
            pipe.write(samples)
        self.assert_ends_with(0, process)
        self.assertEqual(len(np.load(self.path("spectra.npy"))), (30_000 // 16 - 7) // 16)

    def test_generated_scene_depends_on_its_seed_alone(self):
        options = ("--generate", 0.05, "--channels", 64)
        for sample_format in ("cu8", "ci8", "ci16", "cf32"):
            with self.subTest(format=sample_format):
                scene = self.spectra(*options, "--format", sample_format, "--chunk", 1000)
                again = self.spectra(*options, "--format", sample_format, "--chunk", 70_000)
                np.testing.assert_array_equal(scene, again)
                other = self.spectra(*options, "--format", sample_format, "--seed", 2)
                self.assertGreater(np.abs(scene - other).max(), 0)
                self.assertEqual(scene.shape, ((100_000 // 64 - 7) // 16, 64))

    def test_formats_mean_the_same(self):
        options = ("--generate", 0.02, "--channels", 64)
        exact = self.spectra(*options, "--format", "cf32")
        self.assertLess(
            check.largest_difference(self.spectra(*options, "--format", "ci16"), exact), 1e-3
        )
        self.assertLess(
            check.largest_difference(self.spectra(*options, "--format", "cu8"), exact), 3e-2
        )


class Files(WaterfallTest):
    def small_run(self, *arguments, **options):
        return self.run_well("--generate", 0.01, "--channels", 64, *arguments, **options)

    def test_header_has_room_and_is_aligned(self):
        self.small_run()
        header = (self.folder / "waterfall.npy").read_bytes()[:128]
        self.assertEqual(header[:8], b"\x93NUMPY\x01\x00")
        self.assertEqual(struct.unpack("<H", header[8:10])[0], 118)
        self.assertTrue(header.endswith(b" \n"))
        rows = np.load(self.path("waterfall.npy"), mmap_mode="r")
        self.assertEqual(rows.shape, ((20_000 // 64 - 7) // 16, 64))

    def test_without_a_prefix_both_files_are_called_waterfall(self):
        result = self.small_run()
        self.assertEqual(sorted(os.listdir(self.folder)), ["waterfall.npy", "waterfall.png"])
        self.assertIn(b"waterfall.npy: 19 rows of 64 channels", result.stdout)

    def test_folder_of_a_relative_prefix_is_made(self):
        self.small_run("--output", "out/scene")
        self.assertEqual(sorted(os.listdir(self.folder / "out")), ["scene.npy", "scene.png"])

    def test_too_few_samples_for_a_row(self):
        for samples in (0, 1, 511, 512 + 14 * 64):
            with self.subTest(samples=samples):
                data = self.write("samples", make_bytes("cu8", samples))
                result = self.run_well("--input", data, "--channels", 64, "--output", "few")
                self.assertIn(f"warning: {samples} samples", result.stderr.decode())
                rows = np.load(self.path("few.npy"))
                self.assertEqual((rows.shape, rows.dtype), ((0, 64), np.dtype("<f4")))
                self.assertEqual(self.picture_size("few.png")[0], 1246)

    def test_row_is_complete_with_its_last_sample(self):
        data = self.write("samples", make_bytes("cu8", 512 + 15 * 64))
        self.assertEqual(self.spectra("--input", data, "--channels", 64).shape, (1, 64))

    def picture_size(self, name):
        data = (self.folder / name).read_bytes()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(data[-8:-4], b"IEND")
        return struct.unpack(">II", data[16:24])

    def test_picture_does_not_grow_with_the_input(self):
        for seconds, integrate, channels in ((0.002, 1, 16), (0.05, 1, 16), (0.2, 1, 2048)):
            with self.subTest(seconds=seconds, channels=channels):
                self.run_well(
                    *("--generate", seconds, "--integrate", integrate),
                    *("--channels", channels, "--taps", 2),
                )
                width, height = self.picture_size("waterfall.png")
                self.assertEqual(width, 1246)
                self.assertTrue(600 < height < 1200, height)

    def test_strange_input_is_drawn(self):
        strange = {
            "zeros": np.zeros(20_000, "<f4"),
            "nan": np.full(20_000, np.nan, "<f4"),
            "infinite": np.full(20_000, np.inf, "<f4"),
            "huge": np.full(20_000, 3e38, "<f4"),
        }
        for name, samples in strange.items():
            with self.subTest(name):
                data = self.write(name, samples.tobytes())
                self.run_well("--input", data, "--format", "cf32", "--channels", 16)
                self.picture_size("waterfall.png")

    def test_name_that_is_not_text_is_drawn(self):
        name = os.fsencode(self.folder) + b"/caf\xe9\x01" + 200 * b"x"
        with open(name, "wb") as file:
            file.write(make_bytes("cu8", 20_000))
        self.run_well("--input", os.fsdecode(name), "--channels", "16")
        self.picture_size("waterfall.png")

    def test_a_failed_run_leaves_what_was_there(self):
        self.write("old.npy", b"old spectra")
        self.write("old.png", b"old picture")
        odd = make_bytes("ci16", 50_000)[:-1]
        message = self.run_badly(
            "--input", "-", "--format", "ci16", "--output", "old", "--chunk", 1000, input=odd
        )
        self.assertIn("incomplete sample", message)
        self.assertEqual(self.contents(), {"old.npy": b"old spectra", "old.png": b"old picture"})

    def test_a_killed_run_leaves_what_was_there(self):
        self.write("old.npy", b"old spectra")
        self.write("old.png", b"old picture")
        process = self.start("--input", "-", "--output", "old", "--chunk", 1000)
        process.stdin.write(make_bytes("cu8", 100_000))
        process.kill()
        process.wait(HANG_GUARD)
        left = self.contents()
        self.assertEqual(left["old.npy"], b"old spectra")
        self.assertEqual(left["old.png"], b"old picture")
        self.small_run("--output", "old")
        self.assertEqual(sorted(self.contents()), ["old.npy", "old.png"])
        self.assertEqual(np.load(self.path("old.npy")).shape, (19, 64))

    def contents(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    FULL_DISK_OPTIONS = ("--channels", 64, "--integrate", 1, "--chunk", 100_000, "--output", "old")

    def before_the_disk_is_full(self):
        self.write("old.npy", b"old spectra")
        return make_bytes("cu8", self.DISK_SIZE // 4 + 300_000)

    def assert_disk_full(self, message):
        self.assertIn("waterfall: error: cannot write 'old.npy': File too large", message)
        self.assertEqual((self.folder / "old.npy").read_bytes(), b"old spectra")
        self.assertFalse((self.folder / "old.npy.part").exists())
        self.assertFalse((self.folder / "old.png.part").exists())

    def test_full_disk(self):
        samples = self.before_the_disk_is_full()
        message = self.run_badly(
            *("--input", "-", *self.FULL_DISK_OPTIONS), input=samples, preexec_fn=self.fill_disk
        )
        self.assert_disk_full(message)
        self.assertEqual(len(message.splitlines()), 1, "one failure, one message")

    def test_full_disk_does_not_wait_for_a_slow_input(self):
        samples = self.before_the_disk_is_full()
        process = self.start("--input", "-", *self.FULL_DISK_OPTIONS, preexec_fn=self.fill_disk)
        process.stdin.write(samples)  # and then nothing more
        self.assert_disk_full(self.assert_ends_with(1, process))

    def test_standard_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            message = self.run_badly("--generate", 0.01, stdout=full)
            self.assertIn("cannot write to standard output", message)
            message = self.run_badly("--help", stdout=full)
            self.assertIn("cannot write to standard output", message)
        read_end, write_end = os.pipe()
        os.close(read_end)
        with open(write_end, "wb") as closed:
            message = self.run_badly("--generate", 0.01, stdout=closed)
        self.assertIn("cannot write to standard output", message)

    def test_streams_that_are_not_open_at_all(self):
        for redirection, expected in ((">&-", 1), ("<&-", 0), ("2>&-", 0), (">&- <&- 2>&-", 1)):
            with self.subTest(redirection):
                command = f'exec "$0" --generate 0.01 --channels 64 {redirection}'
                status = subprocess.call(
                    ["sh", "-c", command, self.program()],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd=self.folder,
                )
                self.assertEqual(status, expected)
                self.assertEqual(np.load(self.path("waterfall.npy")).shape, (19, 64))
        message = self.run_badly("--input", "-", preexec_fn=lambda: os.close(0))
        self.assertIn("--input: cannot read standard input", message)


class BadInput(WaterfallTest):
    """Each mistake is named, with its value, and costs nothing."""

    GOOD = ("--generate", "0.01")

    def test_options(self):
        table = [
            (("--format", "cs8"), "--format.*'cs8'.*cu8.ci8.ci16.cf32"),
            (("--channels", "100"), "--channels.*'100'.*power of two"),
            (("--channels", "8"), "--channels.*'8'.*from 16 to 8192"),
            (("--channels", "16384"), "--channels.*'16384'"),
            (("--channels", "many"), "--channels.*'many'"),
            (("--channels", "-64"), "--channels.*'-64'"),
            (("--channels", "64.5"), "--channels.*'64.5'"),
            (("--taps", "0"), "--taps.*'0'"),
            (("--taps", "100000"), "--taps.*'100000'"),
            (("--taps", "99999999999999999999"), "--taps.*'99999999999999999999'"),
            (("--integrate", "0"), "--integrate.*'0'"),
            (("--chunk", "0"), "--chunk.*'0'"),
            (("--chunk", "1e6"), "--chunk.*'1e6'"),
            (("--in-flight", "0"), "--in-flight.*'0'"),
            (("--window", "kaiser"), "--window.*'kaiser'.*hamming.hann"),
            (("--sample-rate", "0"), "--sample-rate.*'0'"),
            (("--sample-rate", "-1"), "--sample-rate.*'-1'"),
            (("--sample-rate", "nan"), "--sample-rate.*'nan'"),
            (("--sample-rate", "2M"), "--sample-rate.*'2M'"),
            (("--centre", "inf"), "--centre.*'inf'"),
            (("--centre", ""), "--centre.*''"),
            (("--seed", "-1"), "--seed.*'-1'"),
            (("--db-min", "x"), "--db-min.*'x'"),
            (("--db-min", "-10", "--db-max", "-20"), "--db-min.*-10.*--db-max.*-20"),
            (("--reduce", "median"), "--reduce.*'median'"),
            (("--output", ""), "--output"),
            (("--output", "folder/"), "--output.*'folder/'"),
            (("--device", "abacus"), "--device.*'abacus'"),
            (("--platform", "99"), "--platform.*'99'"),
            (("--no-such-option",), "--no-such-option"),
            (("stray",), "stray"),
            (("--taps",), "--taps"),
        ]
        for arguments, expected in table:
            with self.subTest(arguments=arguments):
                self.assertRegex(self.run_badly(*self.GOOD, *arguments), expected)
                self.assertEqual(os.listdir(self.folder), [])

    def test_input_options(self):
        table = [
            ((), "--input or --generate"),
            (("--generate", "0"), "--generate.*'0'"),
            (("--generate", "-2"), "--generate.*'-2'"),
            (("--generate", "soon"), "--generate.*'soon'"),
            (("--generate", "1e300"), "--generate.*1e\\+300"),
            (("--generate", "1", "--input", "x"), "--input|--generate"),
            (("--input", "missing"), "--input.*'missing'.*No such file"),
            (("--input", "."), "--input.*'.'.*directory"),
        ]
        for arguments, expected in table:
            with self.subTest(arguments=arguments):
                self.assertRegex(self.run_badly(*arguments), expected)
                self.assertEqual(os.listdir(self.folder), [])

    def test_incomplete_sample_at_the_end_of_a_file(self):
        for sample_format, left_over in (("cu8", 1), ("ci16", 3), ("cf32", 4)):
            with self.subTest(format=sample_format):
                complete = make_bytes(sample_format, 1000)
                data = self.write("odd", complete + complete[:left_over])
                message = self.run_badly("--input", data, "--format", sample_format)
                self.assertRegex(message, f"odd.*incomplete sample.*{left_over} of the")
                self.assertEqual(os.listdir(self.folder), ["odd"])

    def test_unreadable_input(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        os.chmod(self.write("secret", b"1234"), 0)
        self.assertIn("Permission denied", self.run_badly("--input", "secret"))

    def test_outputs_that_cannot_be_written(self):
        os.mkdir(self.path("folder.npy"))
        os.mkdir(self.path("picture.png"))
        self.write("file", b"")
        before = sorted(os.listdir(self.folder))
        table = [
            ("no/such/folder/x", "no/such/folder"),
            ("/no-such-folder/x", "/no-such-folder/x.npy"),
            ("/proc/x", "/proc/x.npy"),
            ("file/x", "file/x.npy"),
            ("folder", "folder.npy.*not a file"),
            ("picture", "picture.png.*not a file"),
            ("x" * 300, "xxx.npy.*too long"),
        ]
        for output, expected in table:
            with self.subTest(output=output):
                message = self.run_badly(*self.GOOD, "--output", output)
                self.assertRegex(message, "--output.*" + expected)
                self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_no_device(self):
        environment = {"OCL_ICD_VENDORS": self.path("none"), "JUGGLE_CUDA_SIM_DEVICES": "0"}
        message = self.run_badly(*self.GOOD, env={**os.environ, **environment})
        self.assertIn(f"no {'CUDA' if WATERFALL_OPENCL else 'OpenCL'} device", message)
        self.assertEqual(os.listdir(self.folder), [])

    def test_help_is_no_mistake(self):
        result = self.run_well("--help")
        for option in ("--input", "--channels", "--output", "--chunk", "--in-flight"):
            self.assertIn(option, result.stdout.decode())
        self.assertEqual(result.stderr, b"")


@unittest.skipUnless(WATERFALL_OPENCL, "WATERFALL_OPENCL is not set")
class OnCuda(WaterfallTest):
    """--backend cuda writes what --backend opencl writes, and says what is missing."""

    GOOD = ("--generate", "0.01")

    def test_the_files_are_those_of_opencl_to_the_last_bit(self):
        table = [
            ("cu8", 64, 3, "--integrate", 5, "--chunk", 777),
            ("ci8", 512, 8, "--integrate", 1, "--chunk", 65536, "--in-flight", 1),
            ("ci16", 16, 1, "--integrate", 1000, "--chunk", 4096),
            ("cf32", 8192, 4, "--window", "hann", "--chunk", 30000, "--in-flight", 7),
        ]
        for sample_format, channels, taps, *options in table:
            with self.subTest(format=sample_format, channels=channels):
                data = self.write("samples", make_bytes(sample_format, 100_000))
                options += ["--input", data, "--format", sample_format]
                options += ["--channels", channels, "--taps", taps]
                self.run_well(*options, "--output", "cuda")
                subprocess.run([WATERFALL_OPENCL, *map(str, options), "--output", "opencl"],
                               cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
                for end in ".npy", ".png":
                    content = (self.folder / f"cuda{end}").read_bytes()
                    self.assertTrue(content == (self.folder / f"opencl{end}").read_bytes(), end)

    def complaint(self, **environment):
        message = self.run_badly(*self.GOOD, env={**os.environ, **environment})
        self.assertEqual(os.listdir(self.folder), [])
        return message

    def test_no_driver(self):
        self.assertRegex(self.complaint(JUGGLE_CUDA_LIBRARY="libno-such-driver.so.1"),
                         r"there is no CUDA driver.*\n.*libno-such-driver\.so\.1: cannot open")
        self.assertRegex(self.complaint(JUGGLE_CUDA_LIBRARY="libc.so.6"),
                         r"libc\.so\.6 has no function cuInit: it is another library, or too old")

    def test_no_compiler_of_kernels(self):
        self.assertRegex(self.complaint(JUGGLE_NVRTC_LIBRARY="libno-such-nvrtc.so.1"),
                         r"there is no NVRTC.*\n.*libno-such-nvrtc\.so\.1: cannot open")
        self.assertRegex(self.complaint(JUGGLE_NVRTC_LIBRARY="libc.so.6"),
                         r"libc\.so\.6 has no function nvrtc\w+: it is another library, or too old")

    def test_kernels_that_are_refused(self):
        self.assertRegex(self.complaint(CXX="no-such-compiler"),
                         r"NVRTC refuses the kernels:\n.*'no-such-compiler', which cannot be run")

    def test_a_device_is_an_index_or_a_part_of_a_name(self):
        environment = {**os.environ, "JUGGLE_CUDA_SIM_DEVICES": "3"}
        for device in "2", "SIMULATION 1", "juggle":
            self.run_well(*self.GOOD, "--device", device, env=environment)
        message = self.run_badly(*self.GOOD, "--device", "3", env=environment)
        self.assertIn("--device '3'; there is\n  device 0 'juggle simulation 0'\n", message)

    def test_a_device_that_computes_wrong(self):
        message = self.complaint(JUGGLE_CUDA_SIM_FAULTS="cuLaunchKernel#1=skip")
        self.assertRegex(message, r"the device 'juggle simulation 0' \(CUDA [\d.]+\) computes wrong")

    def test_too_little_memory(self):
        for call in "cuMemAlloc", "cuMemHostAlloc":
            message = self.complaint(JUGGLE_CUDA_SIM_FAULTS=f"{call}#5=CUDA_ERROR_OUT_OF_MEMORY")
            self.assertRegex(message, rf"{call}.*CUDA_ERROR_OUT_OF_MEMORY \(2\).* "
                                      r"\(a smaller --chunk or --in-flight may help\)")


class Memory(WaterfallTest):
    def max_memory(self, *arguments):
        """Of one run, in bytes."""
        process = self.start(*arguments)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        return usage.ru_maxrss * 1024

    def test_does_not_grow_with_the_input(self):
        if os.environ.get("WATERFALL_SANITIZED"):
            self.skipTest("a sanitizer keeps freed memory")
        options = ("--channels", 64, "--integrate", 4, "--format", "cf32", "--chunk", 20_000)
        self.max_memory("--generate", 0.1, *options)  # builds the kernels
        short = self.max_memory("--generate", 1, *options)
        long = self.max_memory("--generate", 16, *options)
        samples = 15 * 2_000_000 * 8
        rows = samples // 8
        self.assertLess(long - short, min(samples, rows) / 2)


class Interrupts(WaterfallTest):
    OPTIONS = ("--input", "-", "--channels", 64, "--integrate", 2, "--chunk", 1000)

    def test_ctrl_c_writes_what_there_is(self):
        samples = make_bytes("cu8", 100_000)
        data = self.write("samples", samples)
        process = self.start(*self.OPTIONS, "--output", "spectra")
        process.stdin.write(samples)  # what does not fit the pipe has been read afterwards
        process.send_signal(signal.SIGINT)
        self.assert_ends_with(0, process)  # although standard input is still open
        spectra = np.load(self.path("spectra.npy"))
        expected = check.filter_bank(check.read_samples(data, "cu8"), 64, 8, "hamming", 2)
        least_rows = ((len(samples) - PIPE_CAPACITY) // 2 - 1000) // 64 // 2 - 8
        self.assertGreaterEqual(len(spectra), least_rows)
        self.assert_agrees(spectra, expected[: len(spectra)])
        self.assertTrue((self.folder / "spectra.png").read_bytes().startswith(b"\x89PNG"))
        self.assertFalse((self.folder / "spectra.npy.part").exists())

    def test_a_user_is_told_what_the_tasks_do(self):
        process = self.start(*self.OPTIONS, "--output", "spectra")
        process.stdin.write(make_bytes("cu8", 100_000))  # more than a pipe holds: it is at work
        said = ""
        while " waiting\n" not in said:  # none may wait at the moment at which it is asked
            self.assertIsNone(process.poll(), said)
            process.send_signal(signal.SIGUSR1)
            time.sleep(0.02)
            # The program writes where this file's position is: it must stay where it is.
            said = os.pread(self.messages.fileno(), 1 << 20, 0).decode()
        process.stdin.close()
        message = self.assert_ends_with(0, process)
        self.assertRegex(message, r"\d+ tasks?, .*\d+ waiting\n")
        self.assertRegex(message, r"task \d+ \(.*\), spawned at .*: waits for .*\n    at ")

    def test_half_a_sample_is_no_mistake_then(self):
        process = self.start(*self.OPTIONS)
        process.stdin.write(make_bytes("cu8", 60_000)[:-1])
        process.send_signal(signal.SIGTERM)
        self.assert_ends_with(0, process)
        self.assertEqual(np.load(self.path("waterfall.npy")).shape[1], 64)

    def test_waiting_for_the_first_byte(self):
        process = self.start(*self.OPTIONS, "--output", "nothing")
        while not (self.folder / "nothing.png.part").exists():
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        self.assert_ends_with(0, process)
        self.assertEqual(np.load(self.path("nothing.npy")).shape, (0, 64))

    def test_endless_input_ends(self):
        process = self.start("--input", "/dev/zero", "--channels", 64, "--output", "zeros")
        part = self.folder / "zeros.npy.part"
        while not part.exists() or part.stat().st_size < 100_000:
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        self.assert_ends_with(0, process)
        self.assertGreater(len(np.load(self.path("zeros.npy"))), 0)

    def test_second_signal_ends_at_once(self):
        process = self.start(*self.OPTIONS)
        process.stdin.write(make_bytes("cu8", 60_000))
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        self.assertIn(process.wait(HANG_GUARD), (-signal.SIGINT, -signal.SIGTERM))
        self.assertFalse((self.folder / "waterfall.npy").exists())


class ProgressLine(WaterfallTest):
    def test_none_when_piped(self):
        result = self.run_well("--generate", 0.01)
        self.assertNotIn(b"s of signal", result.stderr)

    def test_nothing_from_the_compiler_of_the_kernels(self):
        for sample_format in ("cu8", "ci8", "ci16", "cf32"):
            with self.subTest(format=sample_format), tempfile.TemporaryDirectory() as no_kernels:
                result = self.run_well(
                    *("--generate", 0.01, "--channels", 512, "--format", sample_format),
                    env={**os.environ, "POCL_CACHE_DIR": no_kernels},
                )
                self.assertEqual(NOISE.sub("", result.stderr.decode()), "")

    def test_on_a_terminal(self):
        terminal, program_side = pty.openpty()
        process = subprocess.Popen(
            [self.program(), "--generate", "0.01"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=program_side,
            cwd=self.folder,
        )
        os.close(program_side)
        shown = b""
        try:
            while data := os.read(terminal, 4096):
                shown += data
        except OSError:  # how Linux says that the other side is closed
            pass
        os.close(terminal)
        self.assertEqual(process.wait(HANG_GUARD), 0)
        self.assertRegex(
            shown.decode(), re.compile(r"0\.0 Msamples, 0\.01 s of signal, [\d.]+ Msamples/s")
        )


class Timelines(TimelineTest, WaterfallTest):
    """--timeline shows what happened, and changes nothing else."""

    SAMPLES, CHUNK = 95_000, 10_000
    CHUNKS = 10  # the last one is shorter
    OPTIONS = (
        *("--generate", SAMPLES / 2e6, "--channels", 64, "--integrate", 2, "--chunk", CHUNK),
        *("--output", "x"),
    )
    WAY = ["read", "upload", "compute", "download", "write"]
    KERNELS = ["fold", "integrate"]

    def run_with(self, name, *arguments):
        """Gives its lanes, and what the run has printed."""
        printed = self.run_well(*self.OPTIONS, "--timeline", name, *arguments).stdout.decode()
        self.assertEqual(sorted(os.listdir(self.folder)), sorted([name, "x.npy", "x.png"]))
        return self.read_timeline(name), printed

    def check_way(self, lanes):
        """Each chunk went through all of it, in the order of the stream."""
        of = {name: self.lane(lanes, name) for name in self.WAY}
        for name, bars in of.items():
            self.assert_one_at_a_time(bars)
            self.assertEqual(
                sorted({bar.chunk for bar in bars}), list(range(self.CHUNKS)), name
            )
            if name != "compute":
                self.assertEqual([bar.chunk for bar in bars], list(range(self.CHUNKS)), name)
        for chunk in range(self.CHUNKS):
            commands = [bar.what for bar in of["compute"] if bar.chunk == chunk]
            history = [] if chunk == 0 else ["history"]  # what the one before has left for it
            self.assertEqual(commands, [*history, *self.KERNELS, "history"])
        chunks = {name: [span([bar for bar in bars if bar.chunk == chunk])
                         for chunk in range(self.CHUNKS)] for name, bars in of.items()}
        for stages in ("read", "write"), ("upload", "compute", "download"):  # by their clock
            for before, after in zip(stages, stages[1:]):
                for one, other in zip(chunks[before], chunks[after]):
                    self.assertLessEqual(one.end, other.begin, (before, one, after, other))
        for one, other in zip(chunks["compute"], chunks["compute"][1:]):
            self.assertLessEqual(one.end, other.begin, "it carries its history over")

    def check_threads(self, lanes):
        """All that reads and writes is done elsewhere, and the end."""
        threads = [lane for lane in lanes if lane.name.startswith("thread ")]
        self.assertEqual(sum(len(lane.bars) for lane in threads), 2 * self.CHUNKS + 1)
        self.assertEqual({bar.what for lane in threads for bar in lane.bars}, {"offload"})

    def test_the_output_is_the_same_to_the_last_bit(self):
        plain = self.run_well(*self.OPTIONS).stdout.decode()
        expected = {name: (self.folder / name).read_bytes() for name in ("x.npy", "x.png")}
        for name in "t.svg", "t.html", "t.json":
            with self.subTest(name=name):
                _, printed = self.run_with(name)
                (self.folder / name).unlink()
                for file, content in expected.items():
                    self.assertTrue((self.folder / file).read_bytes() == content, file)
                for line, expected_line in zip(printed.splitlines(), plain.splitlines()):
                    self.assertEqual(line.split(" in ")[0], expected_line.split(" in ")[0])
                rest = printed.splitlines()[len(plain.splitlines()) :]
                self.assertEqual(rest[0], name)
                self.assertRegex("\n".join(rest), r"A chunk took [\d.]+ .*s \(median\)")

    def test_a_page(self):
        lanes, _ = self.run_with("t.html")
        self.check_way(lanes)
        self.check_threads(lanes)
        recorder = self.lane(lanes, "recorder")
        self.assertEqual(sum(not bar.waiting for bar in recorder), self.CHUNKS + 1)

    def test_a_trace(self):
        lanes, _ = self.run_with("t.json")
        self.check_way(lanes)
        self.check_threads(lanes)
        kinds = {lane.name: lane.kind for lane in lanes}
        self.assertEqual([kinds[name] for name in self.WAY],
                         ["host", "device", "device", "device", "host"])
        self.assertEqual((kinds["carry"], kinds["recorder"]), ("resources", "resources"))

    def test_a_picture(self):
        lanes, _ = self.run_with("t.svg")
        for name in self.WAY:
            with self.subTest(lane=name):
                bars = self.lane(lanes, name)
                count = 4 * self.CHUNKS - 1 if name == "compute" else self.CHUNKS
                self.assertEqual(sum(bar.bars for bar in bars), count)
                begins = [bar.begin for bar in bars]
                self.assertEqual(begins, sorted(begins))
                chunks = [bar.chunk for bar in bars if bar.chunk is not None]
                self.assertEqual(chunks, sorted(chunks))
        self.assertEqual({lane.name for lane in lanes if lane.kind == "queue"},
                         {"upload", "compute", "download"})

    def test_ctrl_c_writes_what_there_is(self):
        process = self.start(*Interrupts.OPTIONS, "--output", "x", "--timeline", "t.json")
        process.stdin.write(make_bytes("cu8", 100_000))
        process.send_signal(signal.SIGINT)
        printed = self.assert_ends_with(0, process)
        self.assertIn("interrupted after", printed)
        self.assertEqual(sorted(os.listdir(self.folder)), ["t.json", "x.npy", "x.png"])
        uploads = self.lane(self.read_timeline("t.json"), "upload")
        samples = int(re.search(r"interrupted after (\d+) samples", printed)[1])
        self.assertEqual([bar.chunk for bar in uploads], list(range(-(-samples // 1000))))


class TimelineFiles(TimelineTest, WaterfallTest):
    """What cannot be written is named, and the spectra are not lost."""

    GOOD = ("--generate", 0.01, "--channels", 64, "--output", "x")
    OLD = {"x.npy": b"old spectra", "x.png": b"old picture", "t.svg": b"old timeline"}

    def setUp(self):
        super().setUp()
        for name, content in self.OLD.items():
            self.write(name, content)

    def contents(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}

    def check_spectra(self, name="x"):
        self.assertEqual(np.load(self.path(f"{name}.npy")).shape, (19, 64))
        self.assertTrue((self.folder / f"{name}.png").read_bytes().startswith(b"\x89PNG"))

    def test_mistakes_cost_nothing(self):
        (self.folder / "folder.svg").mkdir()
        for name, said in [
            *((name, rf"'{re.escape(name)}' is not a file name that ends in")
              for name in ("", "t", "t.png", ".svg", "t.svg.gz")),
            ("no/such/t.svg", "cannot write 'no/such/t.svg': No such file"),
            ("/proc/t.html", "cannot write '/proc/t.html'"),
            ("t.svg/t.json", "cannot write 't.svg/t.json': Not a directory"),
            ("folder.svg", "'folder.svg' is there already and is not a file"),
        ]:
            with self.subTest(name=name):
                message = self.run_badly(*self.GOOD, "--timeline", name)
                self.assertRegex(message, rf"\Awaterfall: error: --timeline: {said}")
                self.assertEqual(self.contents(), self.OLD)

    def test_in_the_folder_that_is_made_for_the_spectra(self):
        self.run_well(*self.GOOD[:-1], "new/x", "--timeline", "new/t.svg")
        self.assertEqual(sorted(os.listdir(self.folder / "new")), ["t.svg", "x.npy", "x.png"])

    def test_a_run_that_fails_leaves_the_older_one(self):
        self.run_badly(
            "--input", "-", "--output", "x", "--chunk", 1000, "--timeline", "t.svg",
            input=make_bytes("cu8", 60_000)[:-1],
        )
        self.assertEqual(self.contents(), self.OLD)

    def test_a_run_that_is_killed_leaves_the_older_one(self):
        process = self.start("--input", "-", "--output", "x", "--chunk", 1000, "--timeline", "t.svg")
        process.stdin.write(make_bytes("cu8", 100_000))
        process.kill()
        process.wait(HANG_GUARD)
        self.assertEqual((self.folder / "t.svg").read_bytes(), self.OLD["t.svg"])
        self.assertFalse((self.folder / "t.svg.part").exists())
        self.run_well(*self.GOOD, "--timeline", "t.svg")
        self.assertEqual(sorted(self.contents()), sorted(self.OLD))
        self.assertTrue(self.read_timeline("t.svg"))

    def test_a_folder_that_vanishes(self):
        (self.folder / "folder").mkdir()
        process = self.start(
            *("--input", "-", "--channels", 64, "--output", "x", "--timeline", "folder/t.svg")
        )
        process.stdin.write(make_bytes("cu8", 100_000))  # more than a pipe holds: it is at work
        (self.folder / "folder").rmdir()
        process.stdin.close()
        said = self.assert_ends_with(1, process)
        self.assertIn("x.npy: 97 rows of 64 channels\n", said)
        self.assertIn(
            "waterfall: error: --timeline: cannot write 'folder/t.svg': No such file", said
        )
        self.assertEqual(np.load(self.path("x.npy")).shape, (97, 64))

    def test_a_full_disk(self):
        """The spectra fit, and are kept."""
        options = ("--generate", 0.6, "--channels", 64, "--chunk", 1000, "--output", "x")
        self.run_well(*options)
        expected = {**self.contents(), "t.json": b"old timeline"}
        self.write("t.json", b"old timeline")
        message = self.run_badly(*options, "--timeline", "t.json", preexec_fn=self.fill_disk)
        self.assertEqual(
            message, "waterfall: error: --timeline: cannot write 't.json': File too large\n"
        )
        left = self.contents()
        self.assertEqual(sorted(left), sorted(expected))
        for name, content in expected.items():  # unittest takes ages to show large differences
            self.assertTrue(left[name] == content, name)


if __name__ == "__main__":
    unittest.main()
