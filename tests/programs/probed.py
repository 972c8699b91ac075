"""Runs an example with a probe in it (probe/probe.hpp), once for each moment at which something can
be made to happen, and looks at what is left."""

import concurrent.futures
import dataclasses
import os
import pathlib
import subprocess
import tempfile
import unittest

import torture
from example_test import NOISE, backend_arguments, path_of, run_checked

try:
    import fengine_test  # which needs NumPy
except ImportError:
    fengine_test = None

POOL_SIZE = 2
# The program's threads do not meet at the same places in each run, so some have a few moments more.
MISSES_AT_THE_END = 10


def read_log(log):
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


@dataclasses.dataclass
class Run:
    wish: str
    status: int
    stdout: str
    stderr: str
    log: dict  # from the word to the numbers behind it, of the last line that begins with it
    log_lines: list
    files: dict  # from the name to the content

    def __str__(self):
        return f"{self.wish}: status {self.status}, {self.stdout!r}, {self.stderr!r}, {self.log}"


class ProbedTest(unittest.TestCase):
    """Of the program `name`, run as `name arguments...` in a folder that has these `old_files`."""

    name = None
    arguments = ()
    old_files = {}

    @classmethod
    def setUpClass(cls):
        cls.program = path_of(cls.name, end="_probed")
        cls.probed("none")  # has the kernels compiled
        cls.reference = cls.probed("none")

    @classmethod
    def probed(cls, wish):
        with tempfile.TemporaryDirectory() as top:
            folder = pathlib.Path(top) / "run"
            folder.mkdir()
            for name, content in cls.old_files.items():
                (folder / name).write_bytes(content)
            log = pathlib.Path(top) / "log"
            status, stdout, stderr = cls.run_probed(
                folder, {"JUGGLE_PROBE": wish, "JUGGLE_PROBE_LOG": str(log)}
            )
            lines = read_log(log)
            return Run(
                wish=wish,
                status=status,
                stdout=stdout,
                stderr=stderr,
                log={word: [int(number) for number in numbers] for word, *numbers in lines},
                log_lines=lines,
                files={path.name: path.read_bytes() for path in folder.iterdir()},
            )

    @classmethod
    def run_probed(cls, folder, environment):
        result = run_checked(
            [cls.program, *backend_arguments(), *map(str, cls.arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=folder,
            env={**os.environ, **environment},
            text=True,
        )
        return result.returncode, result.stdout, NOISE.sub("", result.stderr)

    def sweep(self, wish, hit, last, share, check):
        """Runs with `wish` of each number from 1 on until the log does not say `hit` any more, or of
        a share of those up to `last`. Each run is one case, and goes through `check(run)`. Gives how
        often it was hit."""
        numbers = torture.shared_out(last, share)
        hits = 0
        with concurrent.futures.ThreadPoolExecutor(POOL_SIZE) as pool:
            for run in pool.map(lambda number: self.probed(wish.format(number)), numbers):
                hits += self.seen(run, hit, check)
            misses, number = 0, last
            while torture.WHOLE and misses < MISSES_AT_THE_END:
                number += 1
                was_hit = self.seen(self.probed(wish.format(number)), hit, check)
                hits += was_hit
                misses = 0 if was_hit else misses + 1
        # A busy machine merges wake-ups: how many resumptions there are is not the program's alone.
        self.assertGreater(hits, 0)
        return hits

    def seen(self, run, hit, check):
        torture.count_case()
        with self.subTest(wish=run.wish):
            self.assertIn("allocations", run.log, f"it has not come to its end: {run}")
            check(run)
        return hit in run.log


class TripleProbed(ProbedTest):
    name = "triple"
    arguments = ("--mode", "device", "--chunks", 16, "--chunk", 512)

    def chunks(self, run):
        """How many have arrived, all of them right, by the table that it prints."""
        mode, count, *_, wrong = run.stdout.splitlines()[-1].split()
        self.assertEqual((mode, wrong), ("device", "0"), run)
        return int(count)

    def check_complete(self, run):
        self.assertEqual((run.status, run.stderr), (0, ""), run)
        self.assertEqual(self.chunks(run), 16)


class WaterfallProbed(ProbedTest):
    name = "waterfall"
    arguments = (
        *("--generate", 0.01, "--channels", 64, "--integrate", 2, "--chunk", 1300),
        *("--output", "x"),
    )
    old_files = {"x.npy": b"old spectra", "x.png": b"old picture"}

    def check_complete(self, run):
        self.assertEqual((run.status, run.stderr), (0, ""), run)
        self.assertEqual(self.check_files(run), ("new", "new"), run)

    def check_files(self, run):
        """Each is the old one or the new one, whole; the spectra come first."""
        self.assertEqual(sorted(run.files), ["x.npy", "x.png"], run)
        new = self.reference.files
        state = tuple(
            "old" if run.files[name] == content else
            "new" if run.files[name] == new[name] else "neither"
            for name, content in self.old_files.items()
        )
        self.assertIn(state, [("old", "old"), ("new", "old"), ("new", "new")], run)
        return state


class FEngineProbed(ProbedTest):
    """A run's files are the blocks that it has sent, by their timestamp."""

    name = "fengine"
    never = 1_000_000_000

    @classmethod
    def run_probed(cls, folder, environment):
        # It resumes again and again, so what is wished for comes to pass; another Ctrl-C would be one
        # too many.
        what, _, number = environment["JUGGLE_PROBE"].partition(":")
        ends_itself = what in ("stop", "signal") and int(number) < cls.never
        result = fengine_test.Exchange(cls.program, folder, environment, "--silence", "0.2",
                                       ctrl_c=not ends_itself)
        for timestamp, block in result.blocks.items():
            (folder / f"{timestamp:06}").write_bytes(block)
        if result.status == 0 and not (result.is_in_order and result.stops == 1):
            result.stderr += f"in order: {result.is_in_order}, {result.stops} stop heaps\n"
        return result.status, result.stdout, result.stderr

    def blocks(self, run):
        return {int(name): block for name, block in run.files.items()}

    def check_complete(self, run):
        self.assertEqual((run.status, run.stderr), (0, ""), run.wish)
        self.assertEqual(self.blocks(run), fengine_test.Exchange.reference(), run.wish)

    def check_begun(self, run):
        """What has been sent is the beginning of it, exact and without a gap."""
        expected = fengine_test.Exchange.reference()
        blocks = self.blocks(run)
        self.assertEqual(sorted(blocks), sorted(expected)[: len(blocks)], run.wish)
        for timestamp, block in blocks.items():
            self.assertEqual(block, expected[timestamp], run.wish)
