#!/usr/bin/env python3
"""Tests of the program `stuck`: each of its programs ends with the report that the guide shows.

    STUCK=build/release/examples/stuck tests/programs/stuck_test.py [Class[.test]]
"""

import pathlib
import re
import unittest

from example_test import ExampleTest
from in_gdb import tasks_in_gdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide" / "hang.md"
PROGRAMS = ("cycle", "forgotten", "channel", "join", "event")  # in the order of the guide
OUTPUT = re.compile(r"<!-- output: stuck (\w+) -->\n```\n(.*?)```\n", re.DOTALL)


class Stuck(ExampleTest):
    name = "stuck"

    @staticmethod
    def plain(text):
        """The paths of the sources are as they are in the repository."""
        text = re.sub(r"[^ (]*/(examples/stuck/\w+\.cpp)", r"\1", text)
        return re.sub(r" in queue 0x[0-9a-f]+", " in queue 0x...", text)

    def report(self, program):
        result = self.run_program(program)
        self.assertEqual((result.returncode, result.stdout), (1, ""), result)
        return self.plain(result.stderr)

    def test_the_reports_are_those_of_the_guide(self):
        shown = dict(OUTPUT.findall(GUIDE.read_text(encoding="utf-8")))
        self.assertEqual(tuple(shown), PROGRAMS)
        for program in PROGRAMS:
            with self.subTest(program=program):
                self.assertEqual(self.report(program), shown[program])

    def test_a_cycle_names_both_acquires(self):
        cycle = self.report("cycle").split("these wait for each other:\n")[1].splitlines()
        for line, other in zip(cycle[:2], ("right", "left")):
            self.assertRegex(
                line,
                rf"^  task \d \(stuck::copy\) waits for its turn with resource '{other}', ticket 2, "
                r"acquired at examples/stuck/cycle\.cpp:\d+; task \d \(stuck::copy\) holds it: ticket 1, ",
            )

    def test_gdb_says_so_too_of_a_core_file(self):
        tasks = self.plain(tasks_in_gdb(self, self.program(), "cycle"))
        for number, other, resource in ((2, 3, "right"), (3, 2, "left")):
            self.assertRegex(
                tasks,
                rf"\ntask {number}, spawned at examples/stuck/main\.cpp:\d+: "
                rf"waits for its turn with resource '{resource}', ticket 2, "
                r"acquired at examples/stuck/cycle\.cpp:\d+\n"
                rf"    at examples/stuck/cycle\.cpp:\d+ in stuck::copy\n"
                rf"    task {other} holds it: ticket 1, acquired at examples/stuck/cycle\.cpp:\d+\n",
            )

    def test_bad_input(self):
        for arguments in ((), ("nothing",), ("cycle", "join")):
            result = self.run_program(*arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertEqual(result.stderr, "usage: stuck cycle|forgotten|channel|event|join\n")


if __name__ == "__main__":
    unittest.main()
