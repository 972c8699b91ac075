"""What gdb says of a program's tasks, by the project's script."""

import os
import pathlib
import shutil
import subprocess

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "gdb" / "juggle.py"


def tasks_in_gdb(test, program, *arguments):
    """Gives what `juggle-tasks` prints of a core file, made where the program first throws. Skips the
    test where gdb cannot make one."""
    if not shutil.which("gdb"):
        test.skipTest("needs gdb")
    if os.environ.get("JUGGLE_SANITIZE"):
        test.skipTest("a sanitizer's core file has terabytes")

    def gdb(*words):
        result = subprocess.run(
            ["gdb", "-q", "-nx", "-batch", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=test.folder,
            env={**os.environ, "DEBUGINFOD_URLS": ""},
            check=False,
            text=True,
        )
        return result.stdout

    core = test.folder / "core"
    said = gdb("-ex", "catch throw", "-ex", "run", "-ex", f"generate-core-file {core}",
               "--args", program, *arguments)
    if not core.exists():
        test.assertNotRegex(said, r"\[Inferior 1 .* exited|No executable file|received signal")
        test.skipTest(f"gdb may not run it: {said}")
    # As where a thread sleeps in a system call, whose source is assembler.
    return gdb("-ex", f"source {SCRIPT}", "-ex", "set language asm", "-ex", "juggle-tasks",
               program, str(core))
