#!/usr/bin/env python3
"""`waterfall` and the system calls by which it writes its files: each of them fails once, as on a
full disk, a broken one and one that takes only a part of what it is given.

    WATERFALL_PROBED=... tests/programs/file_sweep_test.py [Class[.test]]
"""

import errno
import os

import torture
from probed import WaterfallProbed

HIT = "failed_file_call"


class WaterfallFileCalls(WaterfallProbed):
    share = 8

    def sweep_calls(self, wish, check, hit=HIT):
        self.sweep(wish, hit, self.reference.log["file_calls"][0], self.share, check)

    def failed_call(self, run):
        """Its name."""
        place = next(i for i, line in enumerate(run.log_lines) if line[0] == HIT)
        return run.log_lines[place - 1][0]

    def check_failure(self, run, text):
        call = self.failed_call(run)
        if run.status == 0:
            # A file system without locks; what was closed behind fsync or rename; a folder that
            # may not be read.
            self.assertIn(call, ("flock", "close", "open"), run)
            return self.check_complete(run)
        self.assertEqual(run.status, 1, run)
        self.assertEqual(run.stdout, "")
        self.assertRegex(
            run.stderr, rf"\Awaterfall: error: [^\n]*'x\.(npy|png)'[^\n]*{text}\n\Z", run
        )
        state = self.check_files(run)
        # Nothing can be undone behind the rename, but it is told that it may not last.
        self.assertTrue(run.files == self.old_files or state[0] == "new", run)
        return None

    def test_full_disk(self):
        text = os.strerror(errno.ENOSPC)
        self.sweep_calls(f"file:{{}}:{errno.ENOSPC}", lambda run: self.check_hit(run, text))

    def test_broken_disk(self):
        text = os.strerror(errno.EIO)
        self.sweep_calls(f"file:{{}}:{errno.EIO}", lambda run: self.check_hit(run, text))

    def check_hit(self, run, text):
        return self.check_failure(run, text) if HIT in run.log else self.check_complete(run)

    def test_interrupted_and_short_writes_are_continued(self):
        writes = [number for word, number in
                  (line for line in self.reference.log_lines if len(line) == 2) if word == "pwrite"]
        self.assertGreater(len(writes), 10)
        for number in writes if torture.WHOLE else writes[::4]:
            for wish in (f"file:{number}:{errno.EINTR}", f"short:{number}"):
                run = self.probed(wish)
                self.seen(run, HIT, self.check_complete)

    def test_a_file_that_is_locked_is_another_runs(self):
        locks = [number for word, number in
                 (line for line in self.reference.log_lines if len(line) == 2) if word == "flock"]
        self.assertEqual(len(locks), 2)
        for number in locks:
            run = self.probed(f"file:{number}:{errno.EWOULDBLOCK}")
            torture.count_case()
            self.assertEqual(run.status, 1, run)
            self.assertRegex(run.stderr, r"--output: another run is writing 'x\.(npy|png)'\n\Z")


if __name__ == "__main__":
    torture.main()
