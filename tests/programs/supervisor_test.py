#!/usr/bin/env python3
"""Tests of the program `supervisor`, from the outside.

    SUPERVISOR=build/release/demos/supervisor tests/programs/supervisor_test.py [Class[.test]]
"""

import collections
import re
import signal
import unittest

from example_test import ExampleTest

PHASES = ["queued", "waiting for cores", "waiting for an agent", "booting", "running"]

SUMMARY = re.compile(
    r"(\d+) seeds: (\d+) jobs, (\d+) done, (\d+) cancelled \("
    + ", ".join(rf"(\d+) {phase}" for phase in PHASES)
    + r"\)"
)
HEAD = "user    jobs    done  cancelled: queued no cores no agent  booting  running"
CORES = re.compile(r"cores   (\d+), free at the end (\d+), most in use (\d+)")
AGENTS = re.compile(
    r"agents  (\d+), booted (\d+), boots given up (\d+), reused (\d+), shut down (\d+)"
)
TIME = re.compile(r"time    (\d+):(\d\d):(\d\d)")
EVENT = re.compile(r" *(\d+):(\d\d):(\d\d)  (job|agent) (\d+): (.+)")

Report = collections.namedtuple("Report", "users all cores agents time")
Agents = collections.namedtuple("Agents", "total booted given_up reused shut_down")
Summary = collections.namedtuple("Summary", "seeds jobs done cancelled phases")

# Nearly all that can happen, in six jobs. Agent 1 is free from 8:09 on, but job 4 lacks the cores
# to use it: when it has them the agent is gone, and has to boot.
SIX_JOBS = ["--seed", 278, "--jobs", 6, "--users", 2, "--places", 2, "--cores", 4, "--job-cores", 3,
            "--agents", 2, "--cancel", 0.7, "--log"]
SIX_JOBS_OUTPUT = """\
seed 278: jobs 6, users 2, places of each 2, cores 4, agents 2

  0:01:52  job 1: submitted by user 2
  0:01:52  job 1: boots agent 1
  0:02:13  agent 1: ready
  0:02:13  job 1: runs with agent 1, cores: 1
  0:04:04  job 2: submitted by user 1
  0:04:04  job 2: boots agent 2
  0:04:22  job 3: submitted by user 1
  0:04:22  job 3: waits for an agent
  0:05:12  agent 2: ready
  0:05:12  job 2: runs with agent 2, cores: 2
  0:06:06  job 3: cancelled by user 1
  0:06:06  job 3: ended early, waiting for an agent
  0:06:19  job 4: submitted by user 1
  0:06:19  job 4: waits for an agent
  0:07:59  job 5: submitted by user 2
  0:07:59  job 5: waits for cores (3)
  0:08:09  job 1: cancelled by user 2
  0:08:09  job 6: submitted by user 1
  0:08:09  job 1: ended early, running
  0:08:09  job 6: waits for a place of user 1
  0:08:09  job 4: waits for cores (1)
  0:09:39  agent 1: shut down
  0:10:09  job 6: cancelled by user 1
  0:10:09  job 6: ended early, queued
  0:10:44  job 2: done
  0:10:44  job 5: runs with agent 2, cores: 3
  0:10:44  job 4: boots agent 1
  0:11:20  job 4: cancelled by user 1
  0:11:20  agent 1: boot given up
  0:11:20  job 4: ended early, booting
  0:12:15  job 5: cancelled by user 2
  0:12:15  job 5: ended early, running
  0:12:15  agent 2: shut down

user    jobs    done  cancelled: queued no cores no agent  booting  running
   1       4       1          3         1        0        1        1        0
   2       2       0          2         0        0        0        0        2
 all       6       1          5         1        0        1        1        2

cores   4, free at the end 4, most in use 4
agents  2, booted 2, boots given up 1, reused 1, shut down 2
time    0:12:15
books balance
"""


class SupervisorTest(ExampleTest):
    name = "supervisor"

    def run_seeds(self, seeds, *arguments):
        lines = self.output("--seeds", seeds, *arguments).splitlines()
        self.assertEqual(lines[-1], "books balance")
        match = SUMMARY.fullmatch(lines[-2])
        self.assertIsNotNone(match, lines[-2])
        ran, jobs, done, cancelled, *phases = map(int, match.groups())
        self.assertEqual(ran, seeds)
        self.assertEqual(done + cancelled, jobs)
        self.assertEqual(sum(phases), cancelled)
        return Summary(ran, jobs, done, cancelled, dict(zip(PHASES, phases)))

    def report(self, output):
        """Checks what must be right in every report, and gives its numbers."""
        lines = output[output.index(HEAD):].splitlines()
        blank = lines.index("")
        table = [list(map(int, line.split()[1:])) for line in lines[1:blank]]
        for submitted, done, cancelled, *phases in table:
            self.assertEqual(done + cancelled, submitted)
            self.assertEqual(sum(phases), cancelled)
        *users, of_all = table
        self.assertEqual([sum(column) for column in zip(*users)], of_all)
        cores, agents, time, last = lines[blank + 1:]
        self.assertEqual(last, "books balance")
        total, free, most = map(int, CORES.fullmatch(cores).groups())
        self.assertEqual(free, total)
        self.assertLessEqual(most, total)
        agents = Agents(*map(int, AGENTS.fullmatch(agents).groups()))
        self.assertEqual(agents.shut_down, agents.booted)
        done, running, booting = of_all[1], of_all[-1], of_all[-2]
        self.assertEqual(agents.booted + agents.reused, done + running)  # each job that ran had one
        self.assertEqual(agents.given_up, booting)
        hours, minutes, seconds = map(int, TIME.fullmatch(time).groups())
        time = 3600 * hours + 60 * minutes + seconds
        return Report(users, of_all, (total, most), agents, time)


class Books(SupervisorTest):
    """Nothing is lost or used twice, wherever a cancellation hits."""

    def test_a_thousand_seeds(self):
        summary = self.run_seeds(1000)
        self.assertEqual(summary.jobs, 100_000)
        self.assertAlmostEqual(summary.cancelled / summary.jobs, 0.3, delta=0.01)
        for phase, cancelled in summary.phases.items():
            with self.subTest(phase=phase):
                self.assertGreater(cancelled, 100)

    def test_every_job_is_cancelled(self):
        summary = self.run_seeds(200, "--cancel", 1)
        # A user may be too late: at the moment when the job is done.
        self.assertLess(summary.done / summary.jobs, 0.01)
        for phase, cancelled in summary.phases.items():
            with self.subTest(phase=phase):
                self.assertGreater(cancelled, 0)

    def test_no_job_is_cancelled(self):
        summary = self.run_seeds(50, "--cancel", 0)
        self.assertEqual((summary.done, summary.cancelled), (5000, 0))

    def test_one_of_each(self):
        summary = self.run_seeds(100, "--cores", 1, "--agents", 1, "--places", 1, "--users", 1)
        self.assertGreater(summary.done, 0)
        self.assertGreater(summary.cancelled, 0)

    def test_one_core_and_one_agent_for_many(self):
        summary = self.run_seeds(100, "--cores", 1, "--agents", 1, "--users", 20, "--jobs", 60)
        self.assertGreater(summary.done, 0)
        self.assertGreater(summary.phases["waiting for cores"], 0)

    def test_one_agent_for_many_cores(self):
        summary = self.run_seeds(100, "--cores", 64, "--agents", 1, "--places", 4)
        self.assertGreater(summary.phases["waiting for an agent"], 500)

    def test_jobs_that_need_all_cores(self):
        summary = self.run_seeds(100, "--cores", 16, "--job-cores", 16, "--agents", 8)
        self.assertGreater(summary.done, 0)

    def test_one_run_of_many_jobs(self):
        report = self.report(self.output("--jobs", 10_000, "--users", 50, "--cancel", 0.5))
        self.assertEqual(report.all[0], 10_000)
        self.assertEqual(len(report.users), 50)
        self.assertEqual(report.cores, (8, 8))


class Log(SupervisorTest):
    """What the log says agrees with the report, and with what there is."""

    def events(self, output):
        lines = output.split("\n\n")[1].splitlines()
        matches = [EVENT.fullmatch(line) for line in lines]
        self.assertNotIn(None, matches, output)
        previous = 0
        for match in matches:
            hours, minutes, seconds = map(int, match.groups()[:3])
            time = 3600 * hours + 60 * minutes + seconds
            self.assertGreaterEqual(time, previous)
            previous = time
            yield time, match[4], int(match[5]), match[6]

    def replay(self, output, cores, places):
        """Follows who has what, and gives how the jobs have ended."""
        user_of, places_of, agent_of, cores_of, ready = {}, {}, {}, {}, set()
        ends = collections.Counter()

        def give_back(job):
            places_of.pop(job, None)
            agent_of.pop(job, None)
            cores_of.pop(job, None)

        def check(line):
            per_user = collections.Counter(places_of.values())
            self.assertLessEqual(max(per_user.values(), default=0), places, line)
            self.assertEqual(len(set(agent_of.values())), len(agent_of), line)
            self.assertLessEqual(sum(cores_of.values()), cores, line)

        for time, kind, number, what in self.events(output):
            line = (time, kind, number, what)
            if kind == "agent":
                if what == "ready":
                    self.assertIn(number, agent_of.values(), line)
                    ready.add(number)
                elif what == "shut down":
                    self.assertNotIn(number, agent_of.values(), line)
                    ready.remove(number)
                continue
            if match := re.fullmatch(r"submitted by user (\d+)", what):
                user_of[number] = int(match[1])
            elif what.startswith("ended early, ") or what == "done":
                give_back(number)
                ends[what.removeprefix("ended early, ")] += 1
            elif not what.startswith(("cancelled", "waits for a place")):
                places_of[number] = user_of[number]
                if match := re.fullmatch(r"boots agent (\d+)", what):
                    agent_of[number] = int(match[1])
                    self.assertNotIn(agent_of[number], ready, line)
                elif match := re.fullmatch(r"runs with agent (\d+), cores: (\d+)", what):
                    agent_of[number] = int(match[1])
                    cores_of[number] = int(match[2])
                    self.assertIn(agent_of[number], ready, line)
            check(line)
        for left in places_of, agent_of, cores_of, ready:
            self.assertFalse(left)
        return ends

    def test_nobody_has_what_another_has(self):
        for seed in range(30):
            with self.subTest(seed=seed):
                output = self.output("--seed", seed, "--cancel", 0.5, "--log")
                ends = self.replay(output, cores=8, places=2)
                report = self.report(output)
                self.assertEqual(report.all[1], ends["done"])
                self.assertEqual(report.all[3:], [ends[phase] for phase in PHASES])
                self.assertEqual(sum(ends.values()), 100)

    def test_six_jobs(self):
        self.assertEqual(self.output(*SIX_JOBS), SIX_JOBS_OUTPUT)
        self.report(SIX_JOBS_OUTPUT)

    def test_nothing_is_awaited_when_all_is_there(self):
        output = self.output("--users", 1, "--places", 10_000, "--cores", 10_000, "--agents",
                             10_000, "--cancel", 0, "--log")
        self.assertNotIn("waits", output)
        reused = self.report(output).agents.reused
        self.assertGreater(reused, 0)
        self.assertEqual(output.count("boots agent"), 100 - reused)


class Seeds(SupervisorTest):
    """A seed says all."""

    def test_the_same_seed_gives_the_same_output(self):
        for arguments in [[], ["--seed", 0], ["--seed", 2**64 - 1], ["--cancel", 0.9, "--log"]]:
            with self.subTest(arguments=arguments):
                self.assertEqual(self.output(*arguments), self.output(*arguments))

    def test_another_seed_gives_another_output(self):
        tables = {self.output("--seed", seed).split("\n", 1)[1] for seed in range(10)}
        self.assertEqual(len(tables), 10)

    def test_many_seeds_are_the_sum_of_each(self):
        summary = self.run_seeds(5, "--seed", 40)
        reports = [self.report(self.output("--seed", seed)).all for seed in range(40, 45)]
        jobs, done, cancelled, *phases = map(sum, zip(*reports))
        self.assertEqual(summary[1:4], (jobs, done, cancelled))
        self.assertEqual(list(summary.phases.values()), phases)


class Output(SupervisorTest):
    def test_there_is_a_line_for_each_user(self):
        report = self.report(self.output("--users", 7, "--jobs", 5))
        self.assertEqual(len(report.users), 7)
        self.assertEqual(report.all[0], 5)

    def test_hours_take_no_time(self):
        self.assertGreater(self.report(self.output()).time, 3600)

    def test_help_names_every_option_and_fits_a_terminal(self):
        output = self.output("--help")
        for option in ["jobs", "users", "places", "cores", "job-cores", "agents", "cancel", "seed",
                       "seeds", "log", "help"]:
            self.assertIn(f"--{option} ", output)
        self.assertLessEqual(max(map(len, output.splitlines())), 80)

    def test_output_that_cannot_be_written_is_an_error(self):
        message = self.run_into_full_device("--jobs", 1)
        self.assertEqual(message, "supervisor: error: cannot write to standard output\n")


class BadInput(SupervisorTest):
    """One message that names the argument and the value, exit status 1, nothing run."""

    def test_values(self):
        for option, values in {
            "--jobs": ["0", "-1", "1.5", "ten", "", "0x10", "1 ", "1000001"],
            "--users": ["0", "-1", "10001"],
            "--places": ["0", "-1", "10001"],
            "--cores": ["0", "-1", "10001", "all"],
            "--job-cores": ["0", "-1", "10001"],
            "--agents": ["0", "-1", "10001"],
            "--cancel": ["-0.1", "1.1", "nan", "often", ""],
            "--seed": ["-1", "1.5", "", "18446744073709551616"],
            "--seeds": ["0", "-1", "1000000001"],
        }.items():
            for value in values:
                with self.subTest(option=option, value=value):
                    message = self.run_badly(option, value)
                    self.assertTrue(message.startswith(f"supervisor: error: {option}: "), message)
                    self.assertIn(f"'{value}'", message)

    def test_a_job_that_needs_more_cores_than_there_are(self):
        message = self.run_badly("--cores", 2, "--job-cores", 3)
        self.assertIn("--job-cores: '3' is more than there are (--cores: '2')", message)

    def test_seeds_beyond_the_last(self):
        message = self.run_badly("--seed", 2**64 - 1, "--seeds", 2)
        self.assertIn("--seeds: '2'", message)
        self.assertIn(f"'{2**64 - 1}'", message)

    def test_arguments(self):
        for arguments in [["--jobs"], ["--speed", "9"], ["extra"], ["--log", "--seeds", "2"],
                          ["--jobs", "1", "--jobs", "2"]]:
            with self.subTest(arguments=arguments):
                self.assertIn(arguments[0], self.run_badly(*arguments))


class Interrupts(SupervisorTest):
    """A signal cancels all jobs; the books balance then, too."""

    def interrupted(self, number, word, *arguments):
        """Sends the signal when this was printed, and gives all of the output."""
        process = self.start(*arguments)
        output = self.read_until(process, word)
        rest = self.interrupt(process, number)
        self.assertEqual(rest.splitlines()[-1], "books balance")
        return output + rest

    def test_one_run(self):
        for number in signal.SIGINT, signal.SIGTERM:
            with self.subTest(signal=number):
                output = self.interrupted(
                    number, "done", "--log", "--jobs", 1_000_000, "--users", 9
                )
                self.assertIn("interrupted\n", output)
                report = self.report(output)
                self.assertLess(report.all[0], 1_000_000)
                self.assertGreater(report.all[2], 0)

    def test_many_runs(self):
        output = self.interrupted(signal.SIGINT, "seeds 1 to", "--seeds", 1_000_000_000)
        self.assertLess(int(SUMMARY.fullmatch(output.splitlines()[-2])[1]), 1_000_000_000)


if __name__ == "__main__":
    unittest.main()
