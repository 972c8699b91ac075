#!/usr/bin/env python3
"""One of three ranks is killed at random moments: all others end soon, with a clear error.

    MPIEXEC=mpiexec.openmpi RING=build/release/tests/mpi/juggle_mpi_ring_openmpi \\
        LAYER=build/release/layers/juggle-mpi-faults-openmpi.so tests/programs/killed_rank_test.py

The moment is one of its MPI calls, by the fault layer, or one of the clock's.
"""

import concurrent.futures
import os
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import time
import unittest

RANKS = 3
MOMENTS = 20
SECONDS = 60  # a hang; it takes one or two
STARTED = re.compile(r"rank (\d+) is process (\d+)")


def is_alive(process):
    """Not if it only waits to be reaped, by a parent that is gone, too."""
    try:
        status = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


class KilledRank(unittest.TestCase):
    def start(self, rules="", rank=0, **settings):
        environment = dict(os.environ, **settings)
        if rules:
            environment.update(JUGGLE_MPI_FAULTS=rules, JUGGLE_MPI_FAULTS_RANK=str(rank))
        layer = f"LD_PRELOAD={os.environ['LAYER']}"
        command = [os.environ["MPIEXEC"], "-n", str(RANKS), "env", layer, os.environ["RING"]]
        return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def ends(self, job, output=""):
        """The status is not that of a success, the output says what has happened, and no rank is left."""
        try:
            output += job.communicate(timeout=SECONDS)[0]
        except subprocess.TimeoutExpired:
            job.kill()
            self.fail(f"still running after {SECONDS} s: {output}{job.communicate()[0]}")
        self.assertNotEqual(job.returncode, 0, output)
        self.assertRegex(output, r"(?i)signal 9|exit code: 9")
        until = time.monotonic() + SECONDS
        for _, process in STARTED.findall(output):
            while is_alive(process):
                self.assertLess(time.monotonic(), until, f"process {process} is left: {output}")
                time.sleep(0.01)

    def each_moment(self, kill, moments):
        """Several at once: most of the time they only wait for mpiexec."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            ends = [(moment, pool.submit(kill, *moment)) for moment in moments]
            for moment, end in ends:
                with self.subTest(moment=moment):
                    end.result()

    def test_killed_at_a_call(self):
        chance = random.Random(14)
        self.each_moment(lambda rank, call: self.ends(self.start(f"*#{call}=kill", rank)),
                         [(chance.randrange(RANKS), int(10 ** chance.uniform(0, 4)))
                          for _ in range(MOMENTS // 2)])

    def kill_after(self, rank, seconds):
        job = self.start()
        output, processes = "", {}
        while len(processes) < RANKS:
            line = job.stdout.readline()
            self.assertTrue(line, output)
            output += line
            processes.update(STARTED.findall(line))
        time.sleep(seconds)
        os.kill(int(processes[str(rank)]), signal.SIGKILL)
        self.ends(job, output)

    def test_killed_at_a_time(self):
        chance = random.Random(41)
        self.each_moment(self.kill_after, [(chance.randrange(RANKS), chance.uniform(0, 0.2))
                                           for _ in range(MOMENTS // 2)])


    def test_the_report_names_the_call(self):
        with tempfile.TemporaryDirectory() as folder:
            report = pathlib.Path(folder, "report")
            self.ends(self.start("MPI_Isend#7=kill", 1, JUGGLE_MPI_FAULTS_REPORT=str(report)))
            lines = pathlib.Path(f"{report}.1").read_text(encoding="ascii").splitlines()
            self.assertEqual(lines, ["injected MPI_Isend 7 0"])
            self.assertEqual(pathlib.Path(f"{report}.0").read_text(encoding="ascii"), "")

    def test_a_rule_that_makes_no_sense_ends_the_program(self):
        job = self.start("MPI_Isend#7=kil")
        output = job.communicate(timeout=SECONDS)[0]
        self.assertNotEqual(job.returncode, 0)
        self.assertIn("juggle-mpi-faults: JUGGLE_MPI_FAULTS: rule 'MPI_Isend#7=kil'", output)


if __name__ == "__main__":
    unittest.main(verbosity=2)
