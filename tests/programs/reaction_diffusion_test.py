#!/usr/bin/env python3
"""Tests of the program `reaction_diffusion`, from the outside.

    REACTION_DIFFUSION=build/release/demos/reaction_diffusion \\
        tests/programs/reaction_diffusion_test.py [Class[.test]]
"""

import pathlib
import re
import signal
import struct
import sys
import unittest
import zlib

from example_test import ModesTest

COLOUR_MAP = pathlib.Path(__file__).parents[2] / "demos" / "common" / "colour_map.cpp"
MODES = ["plain", "juggled"]

HEAD = re.compile(
    r"mode +steps +frames +seconds +steps/s +frames/s +speed-up +checksum", re.MULTILINE
)
LINE = re.compile(
    r"(\w+) +(\d+) +(\d+) +(\d+\.\d{3}) +\d+\.\d +\d+\.\d +(\d+\.\d\d|-) +([0-9a-f]{16})"
)


def decoded_png(data):
    """Rows of (red, green, blue) of an RGB file; every check sum is looked at."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    position = 8
    packed = b""
    kinds = []
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, position + 8 + length)
        assert checksum == zlib.crc32(kind + body)
        if kind == b"IHDR":
            width, height, depth, colours = struct.unpack_from(">IIBB", body)
            assert (depth, colours) == (8, 2)
        elif kind == b"IDAT":
            packed += body
        kinds.append(kind)
        position += length + 12
    assert kinds[-1] == b"IEND"
    return unfiltered(zlib.decompress(packed), width, height)


def unfiltered(data, width, height):
    """The PNG specification's filters, section 9, for three bytes a dot."""
    stride = 3 * width
    assert len(data) == height * (stride + 1)
    above = bytearray(stride)
    rows = []
    for y in range(height):
        kind = data[y * (stride + 1)]
        row = bytearray(data[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        for i in range(stride):
            left = row[i - 3] if i >= 3 else 0
            corner = above[i - 3] if i >= 3 else 0
            row[i] = (row[i] + predicted(kind, left, above[i], corner)) & 0xFF
        rows.append([tuple(row[3 * x : 3 * x + 3]) for x in range(width)])
        above = row
    return rows


def predicted(kind, left, up, corner):
    if kind == 4:
        return min((left, up, corner), key=lambda value: abs(left + up - corner - value))
    return (0, left, up, (left + up) // 2)[kind]


def colours():
    """The scale's (red, green, blue), darkest first."""
    table = re.findall(r"0x([0-9a-f]{6})", COLOUR_MAP.read_text(encoding="utf-8"))
    assert len(table) == 256
    return [tuple(bytes.fromhex(colour)) for colour in table]


def mt19937_64(seed):
    """The generator of the C++ standard, [rand.predef]."""
    mask = 2**64 - 1
    state = [seed]
    for i in range(1, 312):
        state.append((6364136223846793005 * (state[-1] ^ (state[-1] >> 62)) + i) & mask)
    while True:
        for i in range(312):
            x = (state[i] & (mask ^ 0x7FFFFFFF)) | (state[(i + 1) % 312] & 0x7FFFFFFF)
            state[i] = state[(i + 156) % 312] ^ (x >> 1) ^ (0xB5026F5AA96619E9 if x & 1 else 0)
        for x in state:
            x ^= (x >> 29) & 0x5555555555555555
            x ^= (x << 17) & 0x71D67FFFEDA60000
            x ^= (x << 37) & 0xFFF7EEE000000000
            yield x ^ (x >> 43)


class Reference:
    """The model once more, in double precision."""

    def __init__(self, size, seed, feed, kill):
        self.size, self.feed, self.kill = size, feed, kill
        self.u = [[1.0] * size for _ in range(size)]
        self.v = [[0.0] * size for _ in range(size)]
        random = mt19937_64(seed)
        for _ in range(1 + size * size // 3000):
            left, top = next(random) % size, next(random) % size
            for place in range(100):
                x, y = (left + place % 10) % size, (top + place // 10) % size
                for field, value in ((self.u, 0.5), (self.v, 0.25)):
                    field[y][x] = value * (0.99 + 0.02 * (next(random) >> 40) / 2**24)

    def step(self):
        u, v = self.u, self.v
        self.u = [[1.0] * self.size for _ in range(self.size)]
        self.v = [[0.0] * self.size for _ in range(self.size)]
        for y in range(self.size):
            for x in range(self.size):
                reaction = u[y][x] * v[y][x] ** 2
                self.u[y][x] = (u[y][x] + 2e-5 * self.laplacian(u, x, y) - reaction
                                + self.feed * (1 - u[y][x]))
                self.v[y][x] = (v[y][x] + 1e-5 * self.laplacian(v, x, y) + reaction
                                - (self.feed + self.kill) * v[y][x])

    def laplacian(self, field, x, y):
        n = self.size
        around = (field[y][(x + 1) % n] + field[y][x - 1]
                  + field[(y + 1) % n][x] + field[y - 1][x])
        return (around - 4 * field[y][x]) / (2.5 / 256) ** 2


class ReactionDiffusionTest(ModesTest):
    name = "reaction_diffusion"

    def run_well(self, *arguments):
        """Gives the lines of the table as {mode: (steps, frames, speed-up, checksum)}."""
        return self.table(self.output(*arguments))

    def table(self, output):
        return {
            mode: (int(steps), int(frames), speed_up, checksum)
            for mode, steps, frames, _, speed_up, checksum in self.rows(output, HEAD, LINE)
        }

    def files(self):
        """{name: content} of everything that is there."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*") if path.is_file()
        }

    def frames(self, prefix):
        """The content of the frames, in their order; none is missing."""
        files = self.files()
        names = sorted(name for name in files if name.startswith(prefix + "-"))
        self.assertEqual(names, [f"{prefix}-{i:05}.png" for i in range(len(names))])
        return [files[name] for name in names]


class Pictures(ReactionDiffusionTest):
    """Both ways give the same pictures, and these are right."""

    def test_both_modes_write_the_same(self):
        for size, steps, every, in_flight in [
            (16, 40, 1, 1), (64, 100, 10, 4), (37, 60, 7, 2), (128, 33, 3, 9), (20, 9, 10, 1),
        ]:
            with self.subTest(size=size, steps=steps, every=every, in_flight=in_flight):
                sums = []
                for mode in MODES:
                    table = self.run_well(
                        *("--mode", mode, "--size", size, "--steps", steps, "--every", every),
                        *("--in-flight", in_flight, "--output", mode),
                    )
                    self.assertEqual(list(table), [mode])
                    done, frames, speed_up, checksum = table[mode]
                    self.assertEqual((done, frames, speed_up), (steps, steps // every + 1, "-"))
                    self.assertEqual(len(self.frames(mode)), frames)
                    sums.append(checksum)
                self.assertEqual(sums[0], sums[1])
                self.assertEqual(self.frames("plain"), self.frames("juggled"))
                for picture in self.frames("juggled"):
                    self.assertEqual(len(decoded_png(picture)), size)
                for path in self.folder.iterdir():
                    path.unlink()

    def test_they_show_the_model(self):
        scale = colours()
        for arguments, model in [
            ([], Reference(30, 1, 0.037, 0.06)),
            (["--seed", 2**64 - 1, "--feed", "0.055", "--kill", "0.062"],
             Reference(30, 2**64 - 1, 0.055, 0.062)),
        ]:
            self.run_well("--size", 30, "--steps", 120, "--every", 60, "--output", "f", *arguments)
            for picture in self.frames("f"):
                dots = decoded_png(picture)
                for y, row in enumerate(dots):
                    for x, dot in enumerate(row):
                        place = min(model.v[y][x] / 0.35, 1) * 255
                        near = {scale[round(place - 0.1)], scale[min(round(place + 0.1), 255)]}
                        self.assertIn(dot, near)
                for _ in range(60):
                    model.step()

    def test_seeds_differ_and_are_kept(self):
        first, other, again = (
            self.run_well("--size", 64, "--steps", 20, "--no-png", "--seed", seed)["plain"][3]
            for seed in (0, 5, 0)
        )
        self.assertNotEqual(first, other)
        self.assertEqual(first, again)


class Files(ReactionDiffusionTest):
    """What is written where, and what is left when that fails."""

    SMALL = ("--size", 32, "--steps", 40, "--every", 4)

    def test_default_name(self):
        self.run_well(*self.SMALL)
        self.assertEqual(len(self.frames("reaction_diffusion")), 11)

    def test_folder_is_made(self):
        self.run_well(*self.SMALL, "--output", "out/f")
        self.assertEqual(len(self.frames("out/f")), 11)

    def test_none(self):
        table = self.run_well(*self.SMALL, "--no-png")
        self.assertEqual([frames for _, frames, _, _ in table.values()], [11, 11])
        self.assertEqual(self.files(), {})

    def test_older_ones_are_replaced(self):
        (self.folder / "f-00001.png").write_bytes(b"old")
        (self.folder / "f-00099.png").write_bytes(b"old")
        self.run_well(*self.SMALL, "--output", "f")
        self.assertNotEqual(self.files()["f-00001.png"], b"old")
        self.assertEqual(self.files()["f-00099.png"], b"old")

    def test_one_that_cannot_be_written(self):
        for mode in MODES:
            for frame in (1, 5, 10):
                with self.subTest(mode=mode, frame=frame):
                    prefix = f"{mode}{frame}"
                    (self.folder / f"{prefix}-{frame:05}.png").mkdir()
                    result = self.run_program(*self.SMALL, "--mode", mode, "--output", prefix)
                    message = self.the_message(result)
                    self.assertIn(f"{prefix}-{frame:05}.png", message)
                    self.assertNotRegex(result.stdout, r"\n(plain|juggled)")
                    files = self.files()
                    self.assertIn(f"{prefix}-{frame - 1:05}.png", files)
                    for name, content in files.items():
                        self.assertRegex(name, r"\.png\Z")
                        self.assertEqual(len(decoded_png(content)), 32)


class Output(ReactionDiffusionTest):
    """What is printed."""

    def test_both_modes_in_one_table(self):
        table = self.run_well("--size", 32, "--steps", 50)
        self.assertEqual(list(table), MODES)
        self.assertEqual(table["plain"][2], "-")
        self.assertGreater(float(table["juggled"][2]), 0)
        self.assertEqual(table["plain"][3], table["juggled"][3])

    def test_caption(self):
        result = self.run_program("--size", 32, "--steps", 5, "--every", 3, "--feed", "0.05")
        self.assertIn("32 x 32 cells, feed 0.05, kill 0.06, a frame every 3 steps", result.stdout)

    def test_help_names_every_option_and_fits_a_terminal(self):
        output = self.output("--help")
        for option in ["mode", "size", "steps", "every", "output", "no-png", "in-flight", "feed",
                       "kill", "seed", "platform", "device", "help"]:
            self.assertIn(f"--{option} ", output)
        for mode in [*MODES, "both"]:
            self.assertIn(mode, output)
        self.assertLessEqual(max(map(len, output.splitlines())), 90)

    def test_output_that_cannot_be_written_is_an_error(self):
        message = self.run_into_full_device("--size", 16, "--steps", 1, "--no-png")
        self.assertIn("cannot write to standard output", message)


class BadInput(ReactionDiffusionTest):
    """One message that names the argument and the value, exit status 1, nothing written."""

    def tearDown(self):
        self.assertEqual(self.files(), {})

    def test_values(self):
        for option, values in {
            "--size": ["0", "15", "16385", "-64", "64.5", "large", "", "0x40", " 64"],
            "--steps": ["0", "-1", "1e3", "ten", "", "1000000001"],
            "--every": ["0", "-1", "1.5", "", "1000000001"],
            "--in-flight": ["0", "-2", "65", "many"],
            "--feed": ["-0.1", "1.1", "nan", "inf", "", "1%"],
            "--kill": ["-0.1", "1.1", "nan", "inf", "", "x"],
            "--seed": ["-1", "x", "", "18446744073709551616"],
            "--mode": ["fast", "PLAIN", "", "plain,juggled"],
            "--output": ["", "folder/"],
        }.items():
            for value in values:
                with self.subTest(option=option, value=value):
                    message = self.run_badly(option, value)
                    self.assertIn(f"error: {option}: '{value}'", message)

    def test_arguments(self):
        for arguments in [["--size"], ["--mode"], ["--speed", "9"], ["extra"],
                          ["--no-png", "--output", "x"], ["--size", "64", "--size", "32"]]:
            with self.subTest(arguments=arguments):
                self.assertIn(arguments[0], self.run_badly(*arguments))

    def test_devices(self):
        self.check_devices()

    def test_no_driver(self):
        self.check_no_driver()

    def test_more_than_the_device_can_hold(self):
        message = self.run_badly("--size", 16384, "--in-flight", 64)
        self.assertIn("--size: '16384': the device", message)

    def test_outputs_that_cannot_be_written(self):
        (self.folder / "taken-00000.png").mkdir()
        for output in ["no/such/folder/f", "/no-such-folder/f", "/proc/f", "taken", "x" * 300]:
            with self.subTest(output=output):
                message = self.run_badly("--output", output)
                self.assertRegex(message, "--output.*" + output.rpartition("/")[0])


class Interrupts(ReactionDiffusionTest):
    """A signal ends the run early, with whole pictures."""

    def interrupted(self, number, *arguments, after=None):
        process = self.start("--steps", 1_000_000_000, *arguments)
        output = self.read_until(process, HEAD)  # from here on the mode runs, or is about to
        while after is not None and not (self.folder / after).exists():
            self.assertIsNone(process.poll())
        return self.table(output + self.interrupt(process, number, 128 + number))

    def test_what_is_in_flight_is_finished(self):
        for mode in MODES:
            for after in (None, f"{mode}-00009.png"):
                with self.subTest(mode=mode, after=after):
                    table = self.interrupted(
                        signal.SIGINT,
                        *("--mode", mode, "--size", 48, "--every", 3, "--output", mode),
                        after=after,
                    )
                    self.assertEqual(list(table), [mode])
                    steps, frames, _, _ = table[mode]
                    self.assertIn(steps // 3 + 1 - frames, (0, 1))  # one may have waited for room
                    self.assertEqual(len([n for n in self.files() if n.startswith(mode)]), frames)
                    for picture in self.frames(mode)[-12:]:
                        self.assertEqual(len(decoded_png(picture)), 48)
                    for path in self.folder.iterdir():
                        path.unlink()

    def test_while_there_is_nothing_to_wait_for(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                table = self.interrupted(
                    signal.SIGTERM,
                    *("--mode", mode, "--size", 16, "--every", 1000000000, "--no-png"),
                )
                self.assertLessEqual(table[mode][1], 1)

    def test_the_mode_behind_is_not_run(self):
        table = self.interrupted(signal.SIGINT, "--size", 16, "--no-png")
        self.assertEqual(list(table), ["plain"])


if __name__ == "__main__":
    sys.exit(unittest.main())
