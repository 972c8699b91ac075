#!/usr/bin/env python3
"""Tests of scripts/check-coroutines: it finds what is wrong, and nothing else.

    BUILD_DIR=build/release tests/check_coroutines/check_coroutines_test.py
"""

import os
import pathlib
import re
import subprocess
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SCRIPT = HERE.parent.parent / "scripts" / "check-coroutines"


def check(*files):
    return subprocess.run([SCRIPT, "-p", os.environ["BUILD_DIR"], *files], capture_output=True, text=True)


class CheckCoroutines(unittest.TestCase):
    def test_finds_each_line_that_says_so(self):
        source = HERE / "wrong.cpp"
        run = check(source)
        lines = source.read_text().splitlines()
        wrong = {(number, line.rpartition("// wrong: ")[2])
                 for number, line in enumerate(lines, 1) if "// wrong: " in line}
        found = {(int(match[1]), match[2])
                 for match in re.finditer(r"wrong\.cpp:(\d+):\d+: .+ \[(\w+)\]$", run.stdout, re.MULTILINE)}
        self.assertEqual(found, wrong)
        self.assertEqual(run.stdout.count("\n"), len(wrong))
        self.assertEqual(run.returncode, 1)

    def test_finds_nothing_in_what_to_write_instead(self):
        run = check(HERE / "right.cpp")
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "", ""))

    def test_says_what_does_not_compile(self):
        run = check(HERE / "no_such_file.cpp")
        self.assertEqual(run.returncode, 2)
        self.assertIn("no_such_file.cpp does not compile", run.stderr)


if __name__ == "__main__":
    unittest.main()
