#!/usr/bin/env python3
"""`triple` and `waterfall` run out of memory: once at each allocation that they make, in the whole
size (JUGGLE_TORTURE=1), and at each and all behind it. They say so and leave nothing half done.

    TRIPLE_PROBED=... WATERFALL_PROBED=... tests/programs/allocation_sweep_test.py [Class[.test]]
"""

import torture
from probed import TripleProbed, WaterfallProbed

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


if __name__ == "__main__":
    torture.main()
