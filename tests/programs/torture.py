"""How large a test is that has two sizes, and what it says at the end."""

import os
import sys
import unittest

from example_test import path_of

# JUGGLE_TORTURE=1 asks for the whole of it, and not for the share that runs with every build.
WHOLE = os.environ.get("JUGGLE_TORTURE") == "1"

# JUGGLE_BUILD names a build folder, for those who start a script without the environment that CTest
# gives it.
if "JUGGLE_BUILD" in os.environ:
    _build = os.path.abspath(os.environ["JUGGLE_BUILD"])
    _suppressions = os.path.join(os.path.dirname(os.path.abspath(__file__)), "waterfall_lsan.supp")
    for _name in (
        "fengine", "producer_consumer", "reaction_diffusion", "supervisor", "triple", "waterfall",
    ):
        for _end in ("", "_probed"):
            os.environ.setdefault((_name + _end).upper(), path_of(_name, _build, _end))
    os.environ.setdefault("POCL_CACHE_DIR", f"{_build}/demos/waterfall.dir/pocl")
    os.environ.setdefault(
        "LSAN_OPTIONS", f"suppressions={_suppressions}:print_suppressions=0"
    )

_cases = 0


def count_case(number=1):
    """A case that was gone through; a test may have many."""
    global _cases
    _cases += number


def shared_out(count, share):
    """All of 1, 2, ... count, or so many of them at even distances."""
    if WHOLE or count <= share:
        return list(range(1, count + 1))
    return [1 + place * (count - 1) // (share - 1) for place in range(share)]


def main():
    """Runs the tests of the program that was started; its last line is for scripts/torture."""
    result = unittest.main(exit=False, verbosity=2 if WHOLE else 1).result
    failures = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    sys.stderr.flush()
    print(f"{_cases} cases, {failures} failures")
    sys.exit(1 if failures else 0)
