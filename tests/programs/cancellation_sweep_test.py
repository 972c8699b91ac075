#!/usr/bin/env python3
"""`triple`, `waterfall` and `fengine` are stopped after each of their resumptions in turn: by a stop request
that the task gets, and by SIGINT.

    TRIPLE_PROBED=... WATERFALL_PROBED=... tests/programs/cancellation_sweep_test.py [Class[.test]]
"""

import concurrent.futures
import io
import re

import torture
from probed import POOL_SIZE, FEngineProbed, TripleProbed, WaterfallProbed

try:
    import numpy as np
except ImportError:
    np = None

INTERRUPTED = 130


class Stopped:
    """For a ProbedTest."""

    share = 6

    def sweep_resumptions(self, what, hit, check):
        # One beyond the last of any run, so it only counts.
        counted = self.probed(f"{what}:1000000000")
        self.check_complete(counted)
        self.sweep(what + ":{}", hit, counted.log["resumptions"][0], self.share, check)


class TripleStopped(Stopped, TripleProbed):
    def messages(self, run):
        """Without what the library tells of chunks behind one that was stopped while it held a
        buffer: nobody waits for them any more."""
        told = r"^juggle: unhandled exception in [^\n]* is poisoned: [^\n]*juggle::Cancelled\n"
        return re.sub(told, "", run.stderr, flags=re.MULTILINE)

    def check_stopped(self, run):
        if "stopped" not in run.log or run.status == 0:  # it had no wait left to be stopped in
            return self.check_complete(run)
        self.assertEqual((run.status, self.messages(run)), (INTERRUPTED, ""), run)
        self.assertLessEqual(self.chunks(run), 16)

    def check_signalled(self, run):
        if run.status == 0:
            return self.check_complete(run)
        self.assertEqual((run.status, self.messages(run)), (INTERRUPTED, "triple: interrupted\n"), run)
        self.assertLessEqual(self.chunks(run), 16)

    def test_a_stop_request(self):
        self.sweep_resumptions("stop", "stopped", self.check_stopped)

    def test_a_signal(self):
        self.sweep_resumptions("signal", "signalled", self.check_signalled)


class WaterfallStopped(Stopped, WaterfallProbed):
    def check_stopped(self, run):
        """It does not expect stop requests: one is a failure, which leaves the old files."""
        if "cancelled" not in run.log:
            return self.check_complete(run)
        self.assertEqual((run.status, run.stdout, run.stderr), (1, "", ""), run)
        self.check_files(run)

    def check_signalled(self, run):
        """The input ends, and what there was of it is whole."""
        self.assertEqual(run.status, 0, run)
        self.assertRegex(run.stderr, r"\A(waterfall: warning: [^\n]*\n)?\Z", run)
        self.assertEqual(sorted(run.files), ["x.npy", "x.png"], run)
        if np is not None:
            self.check_prefix(run.files["x.npy"], self.reference.files["x.npy"])
        self.assertTrue(run.files["x.png"].startswith(b"\x89PNG"), run)
        self.assertEqual(run.files["x.png"][-8:-4], b"IEND", run)

    def check_prefix(self, file, whole_file):
        rows, whole = np.load(io.BytesIO(file)), np.load(io.BytesIO(whole_file))
        self.assertLessEqual(len(rows), len(whole))
        np.testing.assert_array_equal(rows, whole[: len(rows)])

    def test_a_stop_request(self):
        self.sweep_resumptions("stop", "stopped", self.check_stopped)

    def test_a_signal(self):
        self.sweep_resumptions("signal", "signalled", self.check_signalled)


class FEngineStopped(Stopped, FEngineProbed):
    def check_stopped(self, run):
        """Nothing of what was received is lost, and nothing is half sent."""
        self.assertEqual((run.status, run.stderr), (0, ""), run)
        self.check_begun(run)

    def sweep_resumptions(self, what, hit, check):
        """As often as it resumes in a run without; it would go on to for as long as one likes."""
        counted = self.probed(f"{what}:{self.never}")
        self.check_complete(counted)
        numbers = torture.shared_out(counted.log["resumptions"][0], self.share)
        with concurrent.futures.ThreadPoolExecutor(POOL_SIZE) as pool:
            for run in pool.map(lambda number: self.probed(f"{what}:{number}"), numbers):
                self.assertTrue(self.seen(run, hit, check), run)

    def test_a_stop_request(self):
        self.sweep_resumptions("stop", "stopped", self.check_stopped)

    def test_a_signal(self):
        self.sweep_resumptions("signal", "signalled", self.check_stopped)


if __name__ == "__main__":
    torture.main()
