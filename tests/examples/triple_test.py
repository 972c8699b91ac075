#!/usr/bin/env python3
"""Tests of the program `triple`, from the outside.

    TRIPLE=build/release/examples/triple tests/examples/triple_test.py [Class[.test]]
"""

import os
import re
import select
import signal
import sys
import unittest

from example_test import HANG_GUARD, ModesTest

SANITIZE = os.environ.get("TRIPLE_SANITIZE", "")
MODES = ["sync", "async", "race", "resource", "device"]
RIGHT_MODES = [mode for mode in MODES if mode != "race"]
TSAN_SILENT = {"TSAN_OPTIONS": "report_bugs=0"}  # where a race is what we want

HEAD = re.compile(r"mode +chunks +chunks/s +speed-up +wrong")
LINE = re.compile(r"(\w+) +(\d+) +(\d+\.\d) +(\d+\.\d\d|-) +(\d+)")


class TripleTest(ModesTest):
    name = "triple"

    def run_well(self, *arguments, **options):
        """Gives the lines of the table as {mode: (chunks, chunks a second, speed-up, wrong)}."""
        return self.table(self.output(*arguments, **options))

    def race(self, *arguments):
        """Gives how many chunks came out wrong."""
        result = self.run_program("--mode", "race", *arguments, environment=TSAN_SILENT)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.table(result.stdout)["race"][3]

    def table(self, output):
        result = {}
        for mode, chunks, rate, speed_up, wrong in self.rows(output, HEAD, LINE):
            speed_up = None if speed_up == "-" else float(speed_up)
            result[mode] = (int(chunks), float(rate), speed_up, int(wrong))
        return result

    def assert_all_right(self, table, modes, chunks):
        self.assertEqual(list(table), modes)
        for mode, (done, _, _, wrong) in table.items():
            with self.subTest(mode=mode):
                self.assertEqual(done, chunks)
                self.assertEqual(wrong, 0)


class Modes(TripleTest):
    """Every mode but race triples every chunk."""

    def test_each_alone(self):
        for mode in RIGHT_MODES:
            table = self.run_well("--mode", mode, "--chunks", 300)
            self.assert_all_right(table, [mode], 300)

    def test_whatever_the_sizes(self):
        for chunk, in_flight, buffers in [(1, 1, 1), (1, 9, 1), (1000, 3, 2), (70_001, 5, 7)]:
            with self.subTest(chunk=chunk, in_flight=in_flight, buffers=buffers):
                table = self.run_well(
                    *("--mode", ",".join(RIGHT_MODES), "--chunks", 50, "--chunk", chunk),
                    *("--in-flight", in_flight, "--buffers", buffers),
                )
                self.assert_all_right(table, RIGHT_MODES, 50)

    def test_a_single_chunk(self):
        self.assert_all_right(self.run_well("--chunks", 1), MODES, 1)

    def test_ten_thousand_chunks(self):
        chunks = 1000 if SANITIZE else 10_000
        table = self.run_well("--mode", "resource,device", "--chunks", chunks, "--chunk", 4096)
        self.assert_all_right(table, ["resource", "device"], chunks)


class Race(TripleTest):
    """Without resources chunks come out wrong, unless they share nothing."""

    def test_chunks_come_out_wrong(self):
        self.assertGreater(self.race("--chunks", 500), 0)

    def test_chunks_come_out_wrong_where_stages_are_long(self):
        self.assertGreater(self.race("--chunks", 100, "--stage-ms", 2), 0)

    def test_the_exit_status_is_that_of_the_other_modes(self):
        result = self.run_program("--chunks", 200, environment=TSAN_SILENT)
        self.assertEqual(result.returncode, 0, result.stderr)
        table = self.table(result.stdout)
        self.assertEqual(list(table), MODES)
        self.assertGreater(table.pop("race")[3], 0)
        self.assert_all_right(table, RIGHT_MODES, 200)

    def test_nothing_is_wrong_with_a_buffer_for_each_chunk_in_flight(self):
        table = self.run_well(
            "--mode", "race", "--chunks", 300, "--in-flight", 3, "--buffers", 3
        )
        self.assert_all_right(table, ["race"], 300)

    @unittest.skipUnless(SANITIZE == "thread", "needs a build with ThreadSanitizer")
    def test_a_sanitizer_sees_it(self):
        result = self.run_program(
            *("--mode", "race", "--chunks", 5000, "--stage-ms", 2),  # the first race ends it
            environment={"TSAN_OPTIONS": "halt_on_error=1"},
        )
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("ThreadSanitizer: data race", result.stderr)


class Stages(TripleTest):
    """--stage-ms changes how long things take and nothing else."""

    def test_the_results_are_right(self):
        table = self.run_well("--mode", ",".join(RIGHT_MODES), "--stage-ms", 1, "--chunks", 50)
        self.assert_all_right(table, RIGHT_MODES, 50)

    def test_fractions_of_a_millisecond(self):
        table = self.run_well("--mode", "device", "--stage-ms", 0.25, "--chunks", 100)
        self.assert_all_right(table, ["device"], 100)

    def test_a_single_thread_of_the_device_will_do(self):
        table = self.run_well(
            *("--mode", ",".join(RIGHT_MODES), "--stage-ms", 1, "--chunks", 20),
            environment={"POCL_MAX_PTHREAD_COUNT": "1"},
        )
        self.assert_all_right(table, RIGHT_MODES, 20)


class Output(TripleTest):
    def test_the_caption_says_what_was_run(self):
        result = self.run_program(
            *("--mode", "device", "--chunks", 10, "--chunk", 512, "--in-flight", 5),
            *("--buffers", 3, "--stage-ms", 0.5),
        )
        caption = result.stdout.splitlines()[1]
        self.assertEqual(
            caption,
            "512 floats a chunk, 5 chunks in flight, 3 buffers of each kind, stages of 0.5 ms",
        )

    def test_the_modes_run_once_each_in_the_order_of_the_talk(self):
        table = self.run_well("--mode", "device,sync", "async", "sync", "--chunks", 10)
        self.assertEqual(list(table), ["sync", "async", "device"])

    def test_the_speed_up_is_over_sync(self):
        table = self.run_well("--mode", "sync,async,device", "--chunks", 200)
        self.assertEqual(table["sync"][2], 1.0)
        for _, rate, speed_up, _ in table.values():
            self.assertAlmostEqual(speed_up, rate / table["sync"][1], delta=0.006)

    def test_there_is_no_speed_up_without_sync(self):
        table = self.run_well("--mode", "async,device", "--chunks", 10)
        self.assertEqual([line[2] for line in table.values()], [None, None])

    def test_help_names_every_option_and_mode_and_fits_a_terminal(self):
        output = self.output("--help")
        options = ["mode", "chunks", "chunk", "in-flight", "buffers", "stage-ms", "platform"]
        for word in [*MODES, *(f"--{option} " for option in [*options, "device"]), "--help",
                     "POCL_MAX_PTHREAD_COUNT"]:
            self.assertIn(word, output)
        self.assertLessEqual(max(map(len, output.splitlines())), 80)

    def test_output_that_cannot_be_written_is_an_error(self):
        message = self.run_into_full_device("--mode", "sync", "--chunks", 1)
        self.assertEqual(message, "triple: error: cannot write to standard output\n")


class BadInput(TripleTest):
    """One message that names the argument and the value, exit status 1, nothing run."""

    def test_values(self):
        too_much = 2**30 + 1
        for option, values in {
            "--chunks": ["0", "-1", "1.5", "ten", "", "0x10", "1 ", "1000000001"],
            "--chunk": ["0", "-1", "1e3", "", str(too_much), "99999999999999999999999"],
            "--in-flight": ["0", "-2", "1025", "many"],
            "--buffers": ["0", "-2", "1025", "two"],
            "--stage-ms": ["0", "-1", "nan", "inf", "10001", "5ms", ""],
            "--mode": ["fast", "SYNC", "", "sync,fast", "fast,sync"],
        }.items():
            for value in values:
                with self.subTest(option=option, value=value):
                    message = self.run_badly(option, value)
                    self.assertTrue(message.startswith(f"triple: error: {option}: "), message)
                    named = "fast" if "fast" in value else value
                    self.assertIn(f"'{named}'", message)

    def test_devices(self):
        self.check_devices()

    def test_no_driver(self):
        self.check_no_driver()

    def test_arguments(self):
        for arguments in [["--chunk"], ["--mode"], ["--speed", "9"], ["extra"],
                          ["--chunk", "1", "--chunk", "2"]]:
            with self.subTest(arguments=arguments):
                self.assertIn(arguments[0], self.run_badly(*arguments))

    def test_more_than_the_device_can_hold(self):
        message = self.run_badly("--chunk", 2**30, "--buffers", 1024)
        self.assertIn("--chunk", message)
        self.assertIn(str(2**30), message)


class Interrupts(TripleTest):
    """A signal ends the run early and cleanly."""

    def interrupted(self, number, *arguments):
        environment = TSAN_SILENT if "race" in arguments else None
        process = self.start("--chunks", 1_000_000_000, *arguments, environment=environment)
        output = self.read_until(process, HEAD)  # from here on the mode runs, or is about to
        return self.table(output + self.interrupt(process, number))

    def test_every_mode(self):
        for mode in MODES:
            for arguments in [[], ["--stage-ms", "3"]]:
                with self.subTest(mode=mode, arguments=arguments):
                    table = self.interrupted(signal.SIGINT, "--mode", mode, *arguments)
                    self.assertEqual(list(table), [mode])
                    if mode != "race":
                        self.assertEqual(table[mode][3], 0)

    def test_a_user_is_told_what_the_tasks_do(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                environment = TSAN_SILENT if mode == "race" else None
                process = self.start(
                    *("--chunks", 1_000_000_000, "--stage-ms", 3, "--mode", mode),
                    environment=environment,
                )
                self.read_until(process, HEAD)
                self.ask(process, mode)
                process.send_signal(signal.SIGINT)
                _, messages = process.communicate(timeout=HANG_GUARD)
                self.assertEqual(process.returncode, 128 + signal.SIGINT, messages)

    def ask(self, process, mode):
        """Asks until the mode has begun, and answers: it is ignored before that."""
        if mode == "sync":
            process.send_signal(signal.SIGUSR1)  # and it goes on
            return
        said = b""
        while b" waiting\n" not in said or b"waits for " not in said:
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGUSR1)
            if select.select([process.stderr], [], [], 0.05)[0]:
                said += os.read(process.stderr.fileno(), 65536)
        self.assertRegex(said.decode(), r"task \d+.*, spawned at .*: waits for .*")

    def test_the_modes_behind_are_not_run(self):
        self.assertEqual(list(self.interrupted(signal.SIGTERM)), ["sync"])


if __name__ == "__main__":
    sys.exit(unittest.main())
