#!/usr/bin/env python3
"""Tests of tools/gdb/juggle.py: it says what is waited for, and who has it.

    WAITS=build/release/tests/gdb/juggle_waits PYTHONPATH=tests/programs tests/gdb/waits_test.py
"""

import re
import unittest

from example_test import ExampleTest
from in_gdb import tasks_in_gdb

TOLD = """\
task 1, spawned at waits.cpp: waits for the oldest job, 'jobs'
    at waits.cpp in waits::inside
task 2, spawned at waits.cpp: waits for its turn with resource 'resource', ticket 2, acquired at waits.cpp
    at waits.cpp in waits::use
    task 1 of another executor holds it: ticket 1, acquired at waits.cpp
task 3 'taker', spawned at waits.cpp: waits for event 'never'
    at waits.cpp in waits::take
task 4, spawned at waits.cpp: waits for 2 of semaphore 'permits'
    at waits.cpp in waits::take_both
    task 3 holds 1, acquired at waits.cpp
task 5, spawned at waits.cpp: waits for room in a channel, 'channel'
    at waits.cpp in waits::push
task 6, spawned at waits.cpp: waits for an element of any source of a merged generator
    at waits.cpp in waits::merge
task 7, spawned at waits.cpp: waits for the end of task 5
    at waits.cpp in waits::join
task 8, spawned at waits.cpp: waits for event 'never'
    at waits.cpp in waits::wait
task 9, spawned at waits.cpp: waits for event 'never'
    at waits.cpp in waits::numbers
task 10, spawned at waits.cpp: waits for event 'never'
    at waits.cpp in waits::numbers
"""


class Waits(ExampleTest):
    name = "waits"

    def test_what_is_waited_for_is_told(self):
        text = tasks_in_gdb(self, self.program())
        told = re.sub(r"[^ ]*/(waits\.cpp):\d+", r"\1", text[text.index("task 1,"):])
        self.assertEqual(told, TOLD)


if __name__ == "__main__":
    unittest.main()
