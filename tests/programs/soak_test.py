#!/usr/bin/env python3
"""`waterfall` and `triple` at full speed for a long time: their memory stays as it is.

    TRIPLE_PROBED=... WATERFALL_PROBED=... tests/programs/soak_test.py [Class[.test]]

In the whole size (JUGGLE_TORTURE=1) each runs for ten minutes and a line a minute tells how it is.
"""

import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import torture
from example_test import HANG_GUARD, NOISE, path_of

SECONDS = 600 if torture.WHOLE else 9
WARM_UP = 10 if torture.WHOLE else 4
MEBIBYTE = 1 << 20
# Pools have their greatest size when all that may be in flight is waiting at the same time, which
# may be later. A hundred chunks or more are gone through in each second.
FEW = 16


@dataclasses.dataclass
class Line:
    """Of the log (probe/executor.cpp)."""

    seconds: int
    resident: int  # bytes
    heap: int  # bytes in use of malloc, by whomever
    blocks: int  # in use of operator new, by whomever: all pools grow by it
    allocations: int  # of the program's own code, so far
    tasks: int

    def __str__(self):
        return (
            f"{self.seconds:4} s: {self.resident / MEBIBYTE:.1f} MiB resident, "
            f"{self.heap / MEBIBYTE:.1f} MiB of heap in {self.blocks} blocks of new, "
            f"{self.allocations} allocations so far, {self.tasks} tasks in flight"
        )


class Soak(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def soak(self, name, *arguments):
        """Runs it until it is interrupted; gives its status, what it printed and the lines."""
        program = path_of(name, end="_probed")
        log = self.folder / "log"
        process = subprocess.Popen(
            [program, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env={**os.environ, "JUGGLE_PROBE": "soak:1", "JUGGLE_PROBE_LOG": str(log)},
            text=True,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        lines = []
        while not lines or lines[-1].seconds < SECONDS:
            self.assertIsNone(process.poll())
            time.sleep(0.5)
            before, lines = len(lines), self.lines(log)
            for line in lines[before:] if torture.WHOLE else ():
                if line.seconds % 60 == 0:
                    print(f"{name}: {line}", file=sys.stderr, flush=True)
        process.send_signal(signal.SIGINT)
        output, messages = process.communicate(timeout=HANG_GUARD)
        return process.returncode, output, NOISE.sub("", messages), lines

    def lines(self, log):
        text = log.read_text() if log.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        words = [line.split() for line in whole.splitlines() if line.startswith("soak ")]
        return [Line(*map(int, numbers)) for _, *numbers in words]

    def check(self, lines, max_tasks):
        first, *rest = [line for line in lines if line.seconds >= WARM_UP]
        self.assertGreater(len(rest), SECONDS // 4)
        for line in rest:
            torture.count_case()
            told = f"{first}\n{line}"
            self.assertLess(line.resident - first.resident, MEBIBYTE, told)
            self.assertLess(line.heap - first.heap, MEBIBYTE // 2, told)
            self.assertLess(line.blocks - first.blocks, FEW, told)
            self.assertLess(line.allocations - first.allocations, FEW, told)
            self.assertLessEqual(line.tasks, max_tasks, told)

    def test_waterfall(self):
        in_flight = 4
        status, output, messages, lines = self.soak(
            "waterfall",
            *("--generate", 1_000_000, "--integrate", 1024, "--in-flight", in_flight),
        )
        self.assertEqual((status, messages), (0, ""))
        self.check(lines, in_flight + 2)  # the jobs, the stream, and for a moment the next job
        self.assertIn("interrupted after", output)
        seconds_of_signal = float(output.partition(" samples, ")[2].partition(" s")[0])
        # Not how fast: other programs run, too, and not every build is optimised.
        self.assertGreater(seconds_of_signal, SECONDS / 10)

    def test_triple(self):
        status, output, messages, lines = self.soak(
            "triple", "--mode", "device", "--chunks", 1_000_000_000, "--in-flight", 8
        )
        self.assertEqual((status, messages), (130, "triple: interrupted\n"))
        self.check(lines, 8 + 2)
        mode, chunks, *_, wrong = output.splitlines()[-1].split()
        self.assertEqual((mode, wrong), ("device", "0"))
        self.assertGreater(int(chunks), 100 * SECONDS)


if __name__ == "__main__":
    torture.main()
