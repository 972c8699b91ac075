"""What the tests of the example programs have in common: they run one, from the outside."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

HANG_GUARD = 240  # seconds
INTERRUPTED = 130
# What LeakSanitizer of Clang says now and then on a program's standard error, where it has to look at a
# suppression and llvm-symbolizer is not of its own version.
# What a program that runs on several kinds of devices is to run on: --backend. Empty: its own choice.
BACKEND = os.environ.get("JUGGLE_TEST_BACKEND", "")
NOISE = re.compile(r"^==\d+==WARNING: .* symbolizer!\n", re.MULTILINE)


def run_checked(command, **options):
    """As subprocess.run; once more where it is LeakSanitizer that crashed, as it does now and then if a
    thread ends while it looks."""
    for _ in range(3):
        result = subprocess.run(command, check=False, timeout=HANG_GUARD, **options)
        if "LeakSanitizer has encountered a fatal error" not in str(result.stderr):
            break
    return result


DEMOS = ("correlator", "fengine", "reaction_diffusion", "rtl_tcp_player", "supervisor", "waterfall")


def path_of(name, build="build/release", end=""):
    """The program, or with an end the probed one: the environment says where it is, else it is that of
    the build folder."""
    folder = "demos" if name in DEMOS else "examples"
    path = os.environ.get((name + end).upper(), f"{build}/{folder}/{name}{end}")
    return os.path.abspath(path)


def backend_arguments():
    return ["--backend", BACKEND] if BACKEND else []


class ExampleTest(unittest.TestCase):
    """Runs the program `name` in a folder of its own, `self.folder`."""

    name = None
    message = r"[^\n]+\n"  # what it says when something is wrong

    @classmethod
    def program(cls):
        return path_of(cls.name)

    def command(self, *arguments):
        return [self.program(), *backend_arguments(), *map(str, arguments)]

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_program(self, *arguments, environment=None, stdout=subprocess.PIPE, folder=None):
        result = run_checked(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            cwd=folder or self.folder,
            env={**os.environ, **(environment or {})},
            text=True,
        )
        result.stderr = NOISE.sub("", result.stderr)
        return result

    def output(self, *arguments, **options):
        """Gives what a run prints that goes well."""
        result = self.run_program(*arguments, **options)
        self.assertEqual(result.returncode, 0, (result.stdout or "")[-500:] + result.stderr)
        self.assertEqual(result.stderr, "")
        return result.stdout

    def run_badly(self, *arguments, **options):
        """Gives the message, which is all that is to be heard."""
        result = self.run_program(*arguments, **options)
        self.assertFalse(result.stdout)
        return self.the_message(result)

    def the_message(self, result):
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, rf"\A{self.name}: error: {self.message}\Z")
        return result.stderr

    def run_into_full_device(self, *arguments):
        """Gives the message of a run whose output cannot be written."""
        with open("/dev/full", "w", encoding="ascii") as full:
            return self.run_badly(*arguments, stdout=full)

    def start(self, *arguments, environment=None):
        process = subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env={**os.environ, **(environment or {})},
            text=True,
        )
        for pipe in process.stdout, process.stderr:
            self.addCleanup(pipe.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def read_until(self, process, expected):
        """Gives what it prints up to the line in which this text or pattern is found."""
        output = ""
        while not re.search(expected, output):
            line = process.stdout.readline()
            self.assertTrue(line, output)  # it has not ended
            output += line
        return output

    def interrupt(self, process, number, status=INTERRUPTED):
        """Sends a signal, and gives what it still prints; it ends with a word about it."""
        process.send_signal(number)
        rest, messages = process.communicate(timeout=HANG_GUARD)
        self.assertEqual(process.returncode, status, messages)
        self.assertEqual(NOISE.sub("", messages), f"{self.name}: interrupted\n")
        return rest


class ModesTest(ExampleTest):
    """For a program that runs on a device, in modes that it compares in a table."""

    message = r"[^\0]+\n"  # of several lines where it tells which devices there are

    def rows(self, output, head, row):
        """The groups of each row of the table below a caption of two lines."""
        caption, table = output.split("\n\n")
        self.assertEqual(len(caption.splitlines()), 2, caption)
        first, *lines = table.splitlines()
        self.assertRegex(first, head)
        matches = []
        for line in lines:
            self.assertEqual(len(line), len(first))
            match = row.fullmatch(line)
            self.assertIsNotNone(match, line)
            matches.append(match.groups())
        names = [name for name, *_ in matches]
        self.assertEqual(len(set(names)), len(names), names)
        return matches

    def check_devices(self):
        """One that is not there is named in the message, and those that are."""
        if BACKEND == "cuda":
            for value in "no such device", "17":
                message = self.run_badly("--device", value)
                self.assertIn(f"no CUDA device matches --device '{value}'; there is", message)
                self.assertIn("device 0 'juggle simulation 0'", message)
            message = self.run_badly("--platform", "0")
            self.assertIn("--platform: '0': CUDA has no platforms", message)
            return
        for option, value in [
            ("--platform", "no such platform"), ("--platform", "17"),
            ("--device", "no such device"), ("--device", "17"),
        ]:
            with self.subTest(option=option, value=value):
                message = self.run_badly(option, value)
                self.assertIn(f"{option} '{value}'", message)
                self.assertIn("platform 0 ", message)  # what there is

    def check_no_driver(self):
        if BACKEND == "cuda":
            for setting, what in ("CUDA", "CUDA driver"), ("NVRTC", "NVRTC"):
                path = str(self.folder / "none.so")
                message = self.run_badly(environment={f"JUGGLE_{setting}_LIBRARY": path})
                self.assertIn(f"{self.name}: error: there is no {what}", message)
                self.assertIn(path, message)
            message = self.run_badly(environment={"JUGGLE_CUDA_SIM_DEVICES": "0"})
            self.assertIn("no CUDA device found", message)
            return
        message = self.run_badly(environment={"OCL_ICD_VENDORS": str(self.folder)})
        self.assertIn("no OpenCL device found", message)
