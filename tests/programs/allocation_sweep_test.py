#!/usr/bin/env python3
"""`triple`, `waterfall` and `fengine` run out of memory: once at each allocation that they make, in the whole
size (JUGGLE_TORTURE=1), and at each and all behind it. They say so and leave nothing half done.

    TRIPLE_PROBED=... WATERFALL_PROBED=... tests/programs/allocation_sweep_test.py [Class[.test]]
"""

import re

import torture
from probed import FEngineProbed, TripleProbed, WaterfallProbed, fengine_test

HIT = "failed_allocation"


class OutOfMemory:
    """For a ProbedTest."""

    share = 12
    # What the library may say before, of what else comes to an end.
    reports = r"(juggle: [^\n]*no memory to say more\n)*"

    def setUp(self):
        self.failures_told = 0

    def check(self, run):
        if HIT not in run.log or run.status == 0:  # an allocation need not be essential
            return self.check_complete(run)
        self.failures_told += 1
        self.assertEqual(run.status, 1, run)
        message = rf"{self.name}: error: out of memory[^\n]*\n"
        self.assertRegex(run.stderr, rf"\A{self.reports}{message}\Z", run)
        return self.check_left(run)

    def sweep_allocations(self, wish):
        hits = self.sweep(wish, HIT, self.reference.log["allocations"][0], self.share, self.check)
        self.assertGreater(self.failures_told, 0.9 * hits)

    def test_one_allocation_fails(self):
        self.sweep_allocations("allocation:{}")

    def test_all_allocations_fail_from_one_on(self):
        self.sweep_allocations("allocations:{}")


class TripleOutOfMemory(OutOfMemory, TripleProbed):
    # Chunks behind the one that failed are told of by the library, for nobody waits for them.
    reports = r"(juggle: [^\n]*no memory to say more\n|juggle: unhandled exception in [^\n]*\n)*"

    def check_left(self, run):
        self.assertEqual(run.files, {})


class WaterfallOutOfMemory(OutOfMemory, WaterfallProbed):
    def check_left(self, run):
        self.check_files(run)


class FEngineOutOfMemory(OutOfMemory, FEngineProbed):
    """What a chunk does not get costs that chunk, and is said; what the receiver does not get ends it,
    and with it the chunks that are on their way."""

    reports = OutOfMemory.reports.replace("(", r"(cannot set a timer of the io_context\n|", 1)
    lost_line = r"fengine: stream 'a': the chunk at (\d+) is lost: (?:std::bad_alloc|stopped)\n"

    def check(self, run):
        lost = [int(timestamp) for timestamp in re.findall(self.lost_line, run.stderr)]
        run.stderr = re.sub(self.lost_line, "", run.stderr)
        if run.status == 0:  # a timer that is not set is set the next time
            run.stderr = re.sub(r"juggle::asio::Loop: cannot set a timer [^\n]*\n", "", run.stderr)
        if lost and run.status == 0:
            self.failures_told += 1
            chunks = {timestamp // fengine_test.CHUNK for timestamp in lost}
            self.assertEqual(run.stderr, "", run.wish)
            self.check_left(run)
            # Of a chunk that failed while it was sent a part may have arrived.
            needed = {t for t in fengine_test.Exchange.reference()
                      if t // fengine_test.CHUNK not in chunks}
            self.assertLessEqual(needed, set(self.blocks(run)), run.wish)
        else:
            super().check(run)

    def check_left(self, run):
        expected = fengine_test.Exchange.reference()
        for timestamp, block in self.blocks(run).items():
            self.assertEqual(block, expected[timestamp], run.wish)


if __name__ == "__main__":
    torture.main()
