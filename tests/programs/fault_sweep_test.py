#!/usr/bin/env python3
"""`triple` and `waterfall` on a driver that fails: each OpenCL call that they make fails once, in the
whole size (JUGGLE_TORTURE=1), and a share of them in each build. The program says which call it was
and ends in order, or does without it. Nothing that was not flushed runs there, so a command whose
memory has gone, or that is waited for in vain, is found.

    JUGGLE_CL_LAYERS=build/release/layers TRIPLE=... WATERFALL=... \\
        tests/programs/fault_sweep_test.py [Class[.test]]

JUGGLE_STATUS is what the calls fail with; -5, CL_OUT_OF_RESOURCES, if it is not set.
"""

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import tempfile

import torture
from example_test import ExampleTest

try:
    import fengine_test  # which needs NumPy
except ImportError:
    fengine_test = None

FOLDER = os.path.abspath(os.environ.get("JUGGLE_CL_LAYERS", "build/release/layers"))
# The first is next to the driver: calls that fail do not reach it.
LAYERS = ":".join(f"{FOLDER}/juggle-cl-{name}.so" for name in ("strict-flush", "faults"))
STATUS = int(os.environ.get("JUGGLE_STATUS", "-5"))
POOL_SIZE = 2
# Threads do not meet at the same places in each run, so some have a few more calls than others.
MISSES_AT_THE_END = 10
# What chunks behind the one that failed say: consequences. docs/guide/around_the_resource.md, "Errors and poison".
CONSEQUENCE = r"juggle: unhandled exception in task \d+, [^\n]*ResourcePoisoned[^\n]*\n"
# Where the driver refuses each flush, and the memory of what was not flushed is kept with its queue.
NEVER_FLUSHED = re.compile(r"^juggle-cl-strict-flush: the program ends, [^\n]*\n", re.MULTILINE)
# What the destructor of a FinishAtEnd says of a driver that has gone.
NEVER_FINISHED = re.compile(r"^juggle: FinishAtEnd: clFinish failed with [^\n]*\n", re.MULTILINE)


@dataclasses.dataclass
class Run:
    rule: str
    status: int
    stdout: str
    stderr: str
    failed: list  # the calls that the layer failed, by name
    calls: dict  # from the name to the number of calls
    files: dict  # from the name to the content

    def __str__(self):
        return f"{self.rule}: failed {self.failed[:3]}, status {self.status}, {self.stdout!r}, " \
               f"{self.stderr!r}"


class FaultSweep(ExampleTest):
    """Of the program `name`, run as `name arguments...` in a folder that has these `old_files`."""

    arguments = ()
    old_files = {}
    fails_with = STATUS
    consequence = CONSEQUENCE
    # What the ends of scopes say of a driver that has gone.
    from_ends = NEVER_FINISHED

    def cause(self, failed):
        """What the program says of calls that failed."""
        return rf"({'|'.join(sorted(set(failed)))})\b.*\({self.fails_with}\)"

    def faulty(self, rule, log):
        """The environment in which the layer has a rule and keeps a log."""
        return {
            "OPENCL_LAYERS": LAYERS,
            "JUGGLE_CL_FAULTS": rule,
            "JUGGLE_CL_FAULTS_REPORT": log,
        }

    @classmethod
    def setUpClass(cls):
        if cls.name is None:
            return
        test = cls()
        test.run_faulty("")  # has the kernels compiled
        cls.reference = test.run_faulty("")
        test.assertGreater(len(cls.reference.calls), 20, "the layer is not loaded")

    def run_faulty(self, rule):
        with tempfile.TemporaryDirectory() as top:
            folder = pathlib.Path(top) / "run"
            folder.mkdir()
            for name, content in self.old_files.items():
                (folder / name).write_bytes(content)
            log = pathlib.Path(top) / "log"
            result = self.run_program(
                *self.arguments,
                folder=folder,
                environment=self.faulty(rule, str(log)),
            )
            lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
            return Run(
                rule=rule,
                status=result.returncode,
                stdout=result.stdout,
                stderr=result.stderr,
                failed=[line[1] for line in lines if line[0] == "injected"],
                calls={line[1]: int(line[2]) for line in lines if line[0] == "calls"},
                files={path.name: path.read_bytes() for path in folder.iterdir()},
            )

    def sweep(self, rules):
        """Runs with each of the rules; gives whether each run had a call for it."""
        with concurrent.futures.ThreadPoolExecutor(POOL_SIZE) as pool:
            return [self.seen(run) for run in pool.map(self.run_faulty, rules)]

    def seen(self, run):
        torture.count_case()
        with self.subTest(rule=run.rule, failed=run.failed[:1]):
            self.check(run)
        return bool(run.failed)

    def sweep_all(self, pattern, behind=""):
        """The first, second, third ... call, until a run has none left to fail."""
        number, misses, hits = 1, 0, 0
        while misses < MISSES_AT_THE_END:
            rules = [f"{pattern}#{number + i}{behind}={self.fails_with}" for i in range(2 * POOL_SIZE)]
            number += len(rules)
            struck = self.sweep(rules)
            hits += sum(struck)
            misses = 0 if any(struck) else misses + len(struck)
        self.assertGreater(hits, 0)

    def sweep_share(self, calls, behind=""):
        """The first and the last call of each name."""
        rules = []
        for name, count in calls.items():
            for number in sorted({1, count}):
                rules.append(f"{name}#{number}{behind}={self.fails_with}")
        self.assertGreater(sum(self.sweep(rules)), len(rules) // 2)

    def counting(self, name):
        return name.startswith(("clRetain", "clRelease"))

    def check(self, run):
        if len(run.failed) > 1:
            self.check_gone(run)
            return
        self.assertIn(run.status, (0, 1), run)
        if run.status == 0:
            self.check_complete(run)
            self.assertEqual(run.stderr, "", run)
            return
        self.assertTrue(run.failed, run)
        said = re.sub(rf"\A({self.consequence})*", "", run.stderr)
        self.assertRegex(said, rf"\A{self.name}: error: {self.message}\Z", run)
        self.assertRegex(said, self.cause(run.failed[:1]), run)
        self.check_left(run)

    def check_gone(self, run):
        """Where everything fails there is more to say, and which failure is met first is chance."""
        stderr = self.from_ends.sub("", NEVER_FLUSHED.sub("", run.stderr))
        if run.status == 0:  # it went when there was nothing left to do but to let go
            self.check_complete(run)
            self.assertEqual(stderr, "", run)
            return
        self.assertEqual(run.status, 1, run)
        for line in stderr.splitlines():
            self.assertRegex(line, rf"\A(juggle: unhandled exception|{self.name}: error: )", run)
        said = stderr.splitlines()[-1]
        self.assertRegex(said, self.cause(run.failed), run)
        self.check_left(run)

    def test_one_call_fails(self):
        if torture.WHOLE:
            self.sweep_all("*")
        else:
            calls = self.reference.calls
            self.sweep_share({name: calls[name] for name in calls if not self.counting(name)})

    def test_the_driver_is_gone_from_one_call_on(self):
        if torture.WHOLE:
            self.sweep_all("*", "+")
        else:
            last = sum(n for name, n in self.reference.calls.items() if not self.counting(name))
            self.sweep([f"*#{k}+={self.fails_with}" for k in torture.shared_out(last, 5)])


class Triple(FaultSweep):
    name = "triple"
    mode = "device"

    @property
    def arguments(self):
        return ("--mode", self.mode, "--chunks", 16, "--chunk", 512)

    def check_complete(self, run):
        mode, chunks, *_, wrong = run.stdout.splitlines()[-1].split()
        self.assertEqual((mode, chunks, wrong), (self.mode, "16", "0"), run)

    def check_left(self, run):
        self.assertEqual(run.files, {}, run)

    def test_nobody_knows_whether_the_commands_have_ended(self):
        torture.count_case()
        self.mode = "async"  # without resources, which do not need to be told
        run = self.run_faulty(f"clFinish#3+={STATUS}")  # the first two are the warming up's
        self.assertEqual(run.status, 1, run)
        kept = rf"juggle: FinishAtEnd: clFinish failed with \w+ \({STATUS}\): .*\n"
        said = rf"triple: error: clFinish failed with \w+ \({STATUS}\)\n"
        self.assertRegex(run.stderr, rf"\A{kept}({said}){{3}}\Z", run)
        self.check_complete(run)


class OnCuda:
    """For a FaultSweep: of the calls of a simulated CUDA driver."""

    fails_with = 999  # CUDA_ERROR_UNKNOWN
    # An event that has failed has failed for all chunks that wait for it.
    consequence = r"juggle: unhandled exception in task \d+, [^\n]*(ResourcePoisoned|cuda::Error)[^\n]*\n"
    from_ends = re.compile(
        r"^(juggle: )?CUDA: (FinishAtEnd|the end of a PinnedBuffer): [^\n]*\n", re.MULTILINE
    )

    def faulty(self, rule, log):
        return {"JUGGLE_CUDA_SIM_FAULTS": rule, "JUGGLE_CUDA_SIM_REPORT": log}

    def check(self, run):
        """A call that fails while memory is given back is said, and nothing else comes of it."""
        if len(run.failed) == 1:
            run = dataclasses.replace(run, stderr=self.from_ends.sub("", run.stderr))
        super().check(run)

    def cause(self, failed):
        # It is the code of the event, or of what was to be recorded, that a task is told.
        return rf"\({self.fails_with}\)"

    def counting(self, name):
        return re.search("Destroy|Free|Release|Unload|Pop|cuGetError", name)


class TripleOnCuda(OnCuda, Triple):
    """With JUGGLE_TEST_BACKEND=cuda."""

    def test_nobody_knows_whether_the_commands_have_ended(self):
        torture.count_case()
        self.mode = "async"
        run = self.run_faulty("cuStreamSynchronize#3+=999")  # the first two are the warming up's
        self.assertEqual(run.status, 1, run)
        kept = r"(juggle: )?CUDA: FinishAtEnd: cuStreamSynchronize: \w+ \(999\)[^\n]*\n"
        said = r"triple: error: cuStreamSynchronize failed with CUDA_ERROR_UNKNOWN \(999\)[^\n]*\n"
        self.assertRegex(run.stderr, rf"\A{kept}({said}){{3}}\Z", run)
        self.check_complete(run)


class Waterfall(FaultSweep):
    name = "waterfall"
    arguments = (
        *("--generate", 0.01, "--channels", 64, "--integrate", 2, "--chunk", 1300),
        *("--output", "x"),
    )
    old_files = {"x.npy": b"old spectra", "x.png": b"old picture"}

    def check_complete(self, run):
        self.assertEqual(run.files, self.reference.files)
        self.assertNotEqual(run.files, self.old_files)

    def check_left(self, run):
        self.assertEqual(run.files, self.old_files)

    def test_a_device_that_computes_wrong(self):
        """A kernel that does not run, though the driver says so, leaves anything in its memory."""
        kernels = len(["fold", "integrate"])
        for kernel in range(1, kernels + 1):
            torture.count_case()
            with self.subTest(kernel=kernel):
                run = self.run_faulty(f"clEnqueueNDRangeKernel#{kernel}=skip")
                self.assertEqual((run.status, run.failed), (1, ["clEnqueueNDRangeKernel"]), run)
                self.assertRegex(
                    run.stderr,
                    r"\Awaterfall: error: the device '.+' \(driver .+\) computes wrong: for 64 channels, "
                    r"known spectra come out with a relative error of (inf|[\d.e+-]+)\n\Z",
                )
                self.check_left(run)


class WaterfallOnCuda(OnCuda, Waterfall):
    """Each call of the CUDA driver, on the simulated one."""

    arguments = ("--backend", "cuda", *Waterfall.arguments)

    def test_a_device_that_computes_wrong(self):
        for kernel in (1, 2):
            torture.count_case()
            with self.subTest(kernel=kernel):
                run = self.run_faulty(f"cuLaunchKernel#{kernel}=skip")
                self.assertEqual((run.status, run.failed), (1, ["cuLaunchKernel"]), run)
                self.assertRegex(
                    run.stderr,
                    r"\Awaterfall: error: the device '.+' \(CUDA .+\) computes wrong: for 64 channels, "
                    r"known spectra come out with a relative error of (inf|[\d.e+-]+)\n\Z",
                )
                self.check_left(run)


class FEngine(FaultSweep):
    """A failed call costs the chunk that it belongs to, which is said, and nothing else."""

    name = "fengine"
    launch = "clEnqueueNDRangeKernel"
    driver = "driver"
    lost_line = re.compile(r"^fengine: stream 'a': the chunk at (\d+) is lost: [^\n]+\n", re.MULTILINE)

    def run_faulty(self, rule, **options):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log"
            result = fengine_test.Exchange(
                self.program(), folder, self.faulty(rule, str(log)), **options
            )
            lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        run = Run(
            rule=rule,
            status=result.status,
            stdout=result.stdout,
            stderr=result.stderr,
            failed=[line[1] for line in lines if line[0] == "injected"],
            calls={line[1]: int(line[2]) for line in lines if line[0] == "calls"},
            files=result.blocks,
        )
        self.assertTrue(result.is_in_order, run)
        self.stops = result.stops
        if run.status == 0:
            self.assertEqual(result.stops, 1, run)
        return run

    def lost_chunks(self, run):
        return [int(timestamp) for timestamp in self.lost_line.findall(run.stderr)]

    def check_complete(self, run):
        """But for the chunks that are said to be lost."""
        lost = {timestamp // fengine_test.CHUNK for timestamp in self.lost_chunks(run)}
        expected = {t: block for t, block in fengine_test.Exchange.reference().items()
                    if t // fengine_test.CHUNK not in lost}
        self.assertEqual(sorted(run.files), sorted(expected), run.rule)
        self.assertEqual(run.files, expected, run.rule)

    def check(self, run):
        if len(run.failed) > 1 or run.status != 0:
            return super().check(run)
        self.check_complete(run)
        lost = self.lost_chunks(run)
        self.assertLessEqual(len(lost), 1, run)
        self.assertEqual(self.lost_line.sub("", run.stderr), "", run)
        if lost:
            self.assertRegex(run.stderr, self.cause(run.failed[:1]), run)
        return None

    def check_gone(self, run):
        if run.status != 0:
            return super().check_gone(run)
        self.check_complete(run)
        rest = self.from_ends.sub("", NEVER_FLUSHED.sub("", self.lost_line.sub("", run.stderr)))
        self.assertEqual(rest, "", run)
        return None

    def check_left(self, run):
        self.assertEqual(run.files, {}, run)

    def test_a_device_that_is_gone_for_good_ends_it(self):
        """When it has lost enough chunks, here all from the first on; the X-engines are told."""
        torture.count_case()
        run = self.run_faulty(f"{self.launch}#4+={self.fails_with}", chunk=512, ctrl_c=False)
        self.assertEqual((run.status, run.files, self.stops), (1, {}, 1), run)
        self.assertGreaterEqual(len(self.lost_chunks(run)), 32, run)
        self.assertEqual(self.lost_line.sub("", run.stderr),
                         "fengine: error: the device has lost 32 chunks in a row\n")

    def test_a_device_that_computes_wrong(self):
        kernels = len(["fold", "fold", "quantise"])
        for kernel in range(1, kernels + 1):
            torture.count_case()
            with self.subTest(kernel=kernel):
                run = self.run_faulty(f"{self.launch}#{kernel}=skip")
                self.assertEqual((run.status, run.failed), (1, [self.launch]), run)
                self.assertRegex(
                    run.stderr,
                    rf"\Afengine: error: the device '.+' \({self.driver} .+\) computes wrong: for 64 channels, "
                    r"known samples come out otherwise than they should\n\Z",
                )
                self.check_left(run)


class FEngineOnCuda(OnCuda, FEngine):
    """Of fengine with --backend cuda."""

    launch = "cuLaunchKernel"
    driver = "CUDA"


del FaultSweep  # is not a test of its own

if __name__ == "__main__":
    torture.main()
