#!/usr/bin/env python3
"""Tests of the program `triple`, from the outside.

    TRIPLE=build/release/examples/triple tests/programs/triple_test.py [Class[.test]]
"""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as xml

from example_test import BACKEND, HANG_GUARD, INTERRUPTED, NOISE, ModesTest, run_checked
from timeline_reader import SVG, Bar, TimelineTest, overlap, span

SANITIZE = os.environ.get("TRIPLE_SANITIZE", "")
LAYERS = os.environ.get("JUGGLE_CL_LAYERS", "")
MODES = ["sync", "async", "race", "resource", "device"]
RIGHT_MODES = [mode for mode in MODES if mode != "race"]
NO_BAR = Bar(begin=0, end=0, chunk=None, what="", bars=0)
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

    def ask(self, process, mode):
        """Asks until the mode has begun, and answers: it is ignored before that."""
        if mode == "sync":
            process.send_signal(signal.SIGUSR1)  # and it goes on
            return
        said = b""
        guard = time.monotonic() + HANG_GUARD
        while b" waiting\n" not in said or b"waits for " not in said:
            self.assertIsNone(process.poll())
            self.assertLess(time.monotonic(), guard, said)
            process.send_signal(signal.SIGUSR1)
            if select.select([process.stderr], [], [], 0.05)[0]:
                said += os.read(process.stderr.fileno(), 65536)
        self.assertRegex(said.decode(), r"task \d+.*, spawned at .*: waits for .*")


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

    def test_each_stage_takes_its_time(self):
        start = time.monotonic()
        self.run_well("--mode", "sync", "--stage-ms", 20, "--chunks", 5)
        self.assertGreaterEqual(time.monotonic() - start, 5 * 3 * 0.020)

    @unittest.skipUnless(LAYERS or BACKEND == "cuda", "needs the layer of faults")
    def test_a_device_whose_stages_take_no_time_is_refused(self):
        what = "host functions" if BACKEND == "cuda" else "native kernels"
        message = self.run_badly(
            *("--stage-ms", 5000, "--chunks", 1),
            environment={
                "OPENCL_LAYERS": f"{LAYERS}/juggle-cl-faults.so",
                "JUGGLE_CL_FAULTS": "clEnqueueNativeKernel=skip",
                "JUGGLE_CUDA_SIM_FAULTS": "cuLaunchHostFunc=skip",
            },
        )
        self.assertRegex(message, r"--stage-ms: a stage of 5000 ms has taken \d+[.\d]* ms: ")
        self.assertIn(f"does not run {what} as it should", message)

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
        options = ["mode", "chunks", "chunk", "in-flight", "buffers", "stage-ms", "platform",
                   "timeline", "backend"]
        for word in [*MODES, *(f"--{option} " for option in [*options, "device"]), "--help",
                     "--small-timeline ", "POCL_MAX_PTHREAD_COUNT"]:
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
            **({} if BACKEND else {"--backend": ["rocm", "CUDA", ""]}),
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

    def test_the_modes_behind_are_not_run(self):
        self.assertEqual(list(self.interrupted(signal.SIGTERM)), ["sync"])


class Timelines(TimelineTest, TripleTest):
    """--timeline shows what happened, whatever the format."""

    LANES = ["fill", "upload", "compute", "download", "use"]
    COMMANDS = {"upload": "upload", "compute": "triple", "download": "download"}
    CHUNKS = 20
    STAGE_MS = 5  # so long that some overlap on a busy machine, too
    BUFFERS = 2
    # Well below a stage. The device's clock is compared with the host's again now and then.
    SLACK = 500_000  # ns

    def run_stages(self, modes, *arguments):
        table = self.table(self.output(
            *("--mode", ",".join(modes), "--chunks", self.CHUNKS, "--stage-ms", self.STAGE_MS),
            *("--buffers", self.BUFFERS, *arguments),
            environment=TSAN_SILENT,
        ))
        self.assert_all_right(
            {mode: row for mode, row in table.items() if mode != "race"},
            [mode for mode in modes if mode != "race"], self.CHUNKS,
        )
        self.assertEqual(list(table), modes)

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())

    def stages(self, lanes, all_apart=True):
        """What each chunk did in each stage, from the first to the last of its two commands; in a
        picture some may be drawn as one with other chunks'."""
        commands = {name: self.lane(lanes, name) for name in self.COMMANDS}
        result = {}
        for name, bars in commands.items():
            of_chunks = [span([bar for bar in bars if bar.chunk == chunk] or [NO_BAR])
                         for chunk in range(self.CHUNKS)]
            if all_apart:
                self.assertEqual([bar.bars for bar in of_chunks], self.CHUNKS * [2], name)
                self.assertEqual({bar.what for bar in bars}, {self.COMMANDS[name]})
                self.assertEqual(len(bars), 2 * self.CHUNKS)
            result[name] = {bar.chunk: bar for bar in of_chunks if bar.bars == 2}
        return result

    def check_stages(self, stages, mode):
        upload, compute, download = stages.values()
        for before, after in (upload, compute), (compute, download):
            self.check_order(before, after, 0)
        # Queues are in order, and what one at a time hands over the next has not before.
        alone = mode in ("sync", "async", "race")
        for stage in stages.values():
            self.check_order(stage, stage, 1 if alone else self.BUFFERS)
            self.assert_one_at_a_time(stage.values(), self.SLACK)
        if mode in ("resource", "device"):
            self.check_order(compute, upload, self.BUFFERS)
            self.check_order(download, compute, self.BUFFERS)

    def check_overlap(self, lanes, mode):
        """Between commands: those of a stage may have others in between."""
        commands = {name: [bar for lane in lanes if lane.name == name for bar in lane.bars
                           if bar.bars == 1] for name in self.COMMANDS}
        if mode in ("sync", "async"):
            self.assert_one_at_a_time(sum(commands.values(), []), self.SLACK)
            return
        upload, compute, download = commands.values()
        for before, after in (upload, compute), (compute, download):
            self.assertTrue(any(overlap(one, other) > self.SLACK
                                for one in before for other in after))

    def check_order(self, before, after, distance):
        """Chunk k has left `before` when chunk k + distance comes to `after`."""
        for chunk, bar in before.items():
            if later := after.get(chunk + distance):
                self.assertLessEqual(bar.end, later.begin + self.SLACK, (bar, later))

    def check_host(self, lanes, stages, mode):
        fills, uses = self.lane(lanes, "fill"), self.lane(lanes, "use")
        self.assert_one_at_a_time(fills + uses)  # it has one thread
        for name, bars in ("fill", fills), ("use", uses):
            self.assertEqual(sorted(bar.chunk for bar in bars), list(range(self.CHUNKS)))
            self.assertEqual({bar.what for bar in bars}, {name})
        fill, use = ({bar.chunk: bar for bar in bars} for bars in (fills, uses))
        if mode != "race":  # who shares a buffer comes one after another
            for chunk in range(self.CHUNKS - self.BUFFERS):
                self.assertLess(fill[chunk].begin, fill[chunk + self.BUFFERS].begin)
                self.assertLess(use[chunk].begin, use[chunk + self.BUFFERS].begin)
        # Two clocks: a stage is longer than they may be apart.
        for chunk in range(self.CHUNKS):
            self.assertLess(fill[chunk].begin, stages["upload"][chunk].end)
            self.assertLess(stages["download"][chunk].begin, use[chunk].end)

    def test_pictures_of_all_modes(self):
        self.run_stages(MODES, "--timeline", "x.svg")
        self.assertEqual(self.files(), sorted(f"x.{mode}.svg" for mode in MODES))
        for mode in MODES:
            with self.subTest(mode=mode):
                lanes = self.read_timeline(f"x.{mode}.svg")
                self.assertEqual([lane.name for lane in lanes], self.LANES)
                self.assertEqual(
                    [lane.name for lane in lanes if lane.kind == "queue"], list(self.COMMANDS)
                )
                for name in "fill", "use":
                    self.assertEqual(
                        sum(bar.bars for bar in self.lane(lanes, name)), self.CHUNKS
                    )
                for name in self.COMMANDS:
                    self.assertEqual(
                        sum(bar.bars for bar in self.lane(lanes, name)), 2 * self.CHUNKS
                    )
                self.check_stages(self.stages(lanes, all_apart=False), mode)
                self.check_overlap(lanes, mode)

    def test_pages_of_all_modes(self):
        self.run_stages(MODES, "--timeline", "x.html")
        self.assertEqual(self.files(), sorted(f"x.{mode}.html" for mode in MODES))
        for mode in MODES:
            with self.subTest(mode=mode):
                lanes = self.read_timeline(f"x.{mode}.html")
                stages = self.stages(lanes)
                self.check_stages(stages, mode)
                self.check_overlap(lanes, mode)
                self.check_host(lanes, stages, mode)

    def test_a_trace(self):
        """Of one mode the file is called as it was said."""
        for mode in "resource", "device":
            self.run_stages([mode], "--timeline", "x.json", "--in-flight", 3)
            self.assertEqual(self.files(), ["x.json"])
            with self.subTest(mode=mode):
                lanes = self.read_timeline("x.json")
                stages = self.stages([lane for lane in lanes if lane.kind == "device"])
                self.check_stages(stages, mode)
                self.check_overlap(lanes, mode)
                self.check_host(lanes, stages, mode)
                self.check_buffers(lanes)
                self.check_counter()

    def check_buffers(self, lanes):
        for name in "host input", "device input", "device output", "host output":
            buffers = [lane for lane in lanes if lane.name == name]
            self.assertEqual([lane.kind for lane in buffers], self.BUFFERS * ["resources"])
            self.assertEqual(sum(len(lane.bars) for lane in buffers), self.CHUNKS)

    def check_counter(self):
        events = json.loads((self.folder / "x.json").read_text())["traceEvents"]
        levels = [event["args"]["of 3"] for event in events if event["ph"] == "C"]
        self.assertEqual((max(levels), min(levels), levels[-1]), (3, 0, 0))

    def test_without_stages_there_is_one_command_each(self):
        self.run_well("--mode", "device", "--chunks", 50, "--timeline", "x.html")
        lanes = self.read_timeline("x.html")
        for name in self.LANES:
            with self.subTest(lane=name):
                bars = self.lane(lanes, name)
                self.assertEqual(sorted(bar.chunk for bar in bars), list(range(50)))

    def test_a_small_picture_has_neither_axis_nor_legend(self):
        options = ("--mode", "device", "--chunks", 10, "--stage-ms", 1)
        self.run_well(*options, "--timeline", "large.svg")
        self.run_well(*options, "--timeline", "small.svg", "--small-timeline")
        large, small = (xml.parse(self.folder / f"{name}.svg").getroot()
                        for name in ("large", "small"))
        for key in "width", "height":
            self.assertLess(float(small.get(key)), float(large.get(key)))
        for root, has in (large, True), (small, False):
            words = root.findall(f".//{SVG}g[@class='axis']/{SVG}text")
            legend = root.findall(f".//{SVG}g[@class='legend']")
            self.assertEqual((bool(words), bool(legend)), (has, has))
        self.assertEqual([lane.name for lane in self.read_timeline("small.svg")], self.LANES)

    @unittest.skipIf(SANITIZE, "takes long")
    def test_of_a_long_run_the_newest_is_kept(self):
        self.run_well("--mode", "async", "--chunks", 20_000, "--chunk", 1, "--timeline", "x.svg")
        picture = (self.folder / "x.svg").read_text()
        self.assertIn("events before these were lost", picture)
        uses = self.lane(self.read_picture(picture), "use")
        self.assertLess(1000, sum(bar.bars for bar in uses))
        self.assertLess(sum(bar.bars for bar in uses), 20_000)
        self.assertIn(uses[-1].chunk, (None, 19_999))

    def test_a_user_may_ask_and_interrupt_it(self):
        """What happened so far is shown, and the modes behind are not run."""
        process = self.start(
            *("--chunks", 1_000_000_000, "--stage-ms", 3, "--mode", "resource,device"),
            *("--timeline", "x.json"),
        )
        output = self.read_until(process, HEAD)
        self.ask(process, "resource")
        process.send_signal(signal.SIGINT)
        rest, messages = process.communicate(timeout=HANG_GUARD)
        self.assertEqual(process.returncode, INTERRUPTED, messages)
        self.assertEqual(self.files(), ["x.resource.json"])
        done, _, _, wrong = self.table(output + rest)["resource"]
        self.assertEqual(wrong, 0)
        lanes = self.read_timeline("x.resource.json")
        # No lane of that name if it was interrupted before the first was done.
        used = [bar.chunk for lane in lanes if lane.name == "use" for bar in lane.bars]
        self.assertEqual(sorted(used), list(range(done)))
        queues = [lane for lane in lanes if lane.kind == "device"]
        uploads = [bar for lane in queues if lane.name == "upload" for bar in lane.bars]
        self.assertGreaterEqual(len(uploads), 2 * done)


class TimelineFiles(TimelineTest, TripleTest):
    """A file that cannot be written is named before the run, if that can be known."""

    OLD = b"an older picture"

    def contents(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}

    def run_into(self, name, *arguments):
        return self.run_badly("--chunks", 10, *arguments, "--timeline", name)

    def test_formats_that_it_does_not_know(self):
        for name in "", "x", "x.png", "x.SVG", "x.svg.gz", ".svg", "no/.json", "x.":
            with self.subTest(name=name):
                message = self.run_into(name)
                self.assertRegex(message, rf"error: --timeline: '{re.escape(name)}' is not a file")
                self.assertIn(".svg, .html or .json", message)
                self.assertEqual(self.contents(), {})

    def test_files_that_cannot_be_written(self):
        (self.folder / "x.svg").mkdir()
        (self.folder / "part.svg.part").mkdir()
        (self.folder / "file").write_bytes(self.OLD)
        for name, modes, said in [
            ("no/such/x.svg", "device", "'no/such/x.svg': No such file"),
            ("no/such/x.svg", "sync,async", "'no/such/x.sync.svg': No such file"),
            ("/proc/x.html", "device", "cannot write '/proc/x.html'"),
            ("file/x.json", "device", "'file/x.json': Not a directory"),
            (f"{'x' * 300}.svg", "device", "name too long"),
            ("x.svg", "device", "'x.svg' is there already and is not a file"),
            ("part.svg", "device", "'part.svg.part' is there already and is not a file"),
        ]:
            with self.subTest(name=name):
                message = self.run_into(name, "--mode", modes)
                self.assertIn("error: --timeline: ", message)
                self.assertIn(said, message)
                self.assertEqual(self.contents(), {"file": self.OLD})

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_without_permission(self):
        folder = self.folder / "folder"
        folder.mkdir()
        (folder / "x.svg").write_bytes(self.OLD)
        for path, mode in (folder / "x.svg", 0o400), (folder, 0o500):
            path.chmod(mode)
            message = self.run_into("folder/x.svg")
            path.chmod(0o700)
            self.assertIn("--timeline: cannot write 'folder/x.", message)
            self.assertIn("Permission denied", message)
        self.assertEqual((folder / "x.svg").read_bytes(), self.OLD)

    def test_any_mode_may_be_the_one(self):
        (self.folder / "x.device.svg").mkdir()
        self.assertIn("'x.device.svg' is there already", self.run_into("x.svg"))
        self.assertEqual(self.contents(), {})

    def test_a_small_one_of_nothing(self):
        for arguments in [], ["--timeline", "x.json"], ["--timeline", "x.html"]:
            message = self.run_badly("--chunks", 1, "--small-timeline", *arguments)
            self.assertIn("error: --small-timeline: needs a picture", message)
        self.assertEqual(self.contents(), {})

    def test_an_older_file_is_replaced_and_what_a_killed_run_left_is_gone(self):
        for name in "x.svg", "x.svg.part":
            (self.folder / name).write_bytes(100 * self.OLD)
        self.run_well("--mode", "device", "--chunks", 10, "--timeline", "x.svg")
        self.assertEqual(list(self.contents()), ["x.svg"])
        self.assertTrue(self.read_timeline("x.svg"))

    def test_a_run_that_is_killed_or_fails_leaves_the_older_one(self):
        (self.folder / "x.svg").write_bytes(self.OLD)
        process = self.start("--mode", "device", "--chunks", 1_000_000_000, "--timeline", "x.svg")
        self.read_until(process, HEAD)
        process.kill()
        process.wait(HANG_GUARD)
        self.assertEqual(self.contents(), {"x.svg": self.OLD})
        self.run_into("x.svg", "--mode", "device", "--device", "no such device")
        self.assertEqual(self.contents(), {"x.svg": self.OLD})

    def test_a_folder_that_vanishes(self):
        """The table is there all the same."""
        folder = self.folder / "folder"
        folder.mkdir()
        process = self.start(
            "--mode", "device", "--chunks", 1_000_000_000, "--timeline", "folder/x.svg"
        )
        output = self.read_until(process, HEAD)
        folder.rmdir()
        process.send_signal(signal.SIGINT)
        rest, messages = process.communicate(timeout=HANG_GUARD)
        self.assertEqual(process.returncode, 1, messages)
        self.assertEqual(
            NOISE.sub("", messages),
            "triple: error: --timeline: cannot write 'folder/x.svg': No such file or directory\n",
        )
        self.assertEqual(self.table(output + rest)["device"][3], 0)

    def test_a_full_disk(self):
        # PoCL, too, writes files; they are smaller than that.
        options = ("--mode", "device", "--chunks", 2000, "--chunk", 1)
        (self.folder / "x.json").write_bytes(self.OLD)
        limited = 'ulimit -f 8192 && exec "$0" "$@"'  # blocks of 512 bytes
        result = run_checked(
            ["sh", "-c", limited, *self.command(*options, "--timeline", "x.json")],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=self.folder,
        )
        self.assertEqual(
            NOISE.sub("", result.stderr),
            "triple: error: --timeline: cannot write 'x.json': File too large\n",
        )
        self.assertEqual(result.returncode, 1)
        self.assert_all_right(self.table(result.stdout), ["device"], 2000)
        self.assertEqual(self.contents(), {"x.json": self.OLD})


if __name__ == "__main__":
    sys.exit(unittest.main())
