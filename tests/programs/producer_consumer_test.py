#!/usr/bin/env python3
"""Tests of the program `producer_consumer`, from the outside.

    PRODUCER_CONSUMER=build/release/examples/producer_consumer \\
        tests/programs/producer_consumer_test.py [Class[.test]]
"""

import re
import signal
import unittest

from example_test import ExampleTest

LINE = re.compile(r" *(\d+) ms +(\w+)  (.+)")


class ProducerConsumerTest(ExampleTest):
    name = "producer_consumer"


class Forms(ProducerConsumerTest):
    def events(self, *arguments):
        """Gives what happened as [(milliseconds, who, what)]."""
        output = self.output(*arguments)
        lines = [line for line in output.splitlines() if not re.match(r"\d\. ", line)]
        matches = [LINE.fullmatch(line) for line in lines]
        self.assertNotIn(None, matches, output)
        return [(int(match[1]), match[2], match[3]) for match in matches]

    def numbers(self, events, start):
        return [int(re.match(start + r" (\d+)", what)[1])
                for _, _, what in events if what.startswith(start)]

    def test_a_timer_ends_it(self):
        events = self.events("--form", 1, "--seconds", 2)
        pushed = self.numbers(events, "pushed")
        self.assertEqual(pushed, list(range(1, len(pushed) + 1)))
        self.assertEqual(self.numbers(events, "consumed"), pushed)  # what was in it is not lost
        self.assertIn((2000, "timer", "time is up"), events)
        self.assertEqual(events[-1][1:], ("consumer", "sees the end"))
        self.assertGreater(events[-1][0], 2000)

    def test_a_full_channel_slows_the_producer_down(self):
        events = self.events("--form", 1, "--seconds", 10)
        times = [time for time, who, _ in events if who == "producer"]
        self.assertEqual(times[:3], [100, 200, 300])  # its own pace
        late = [after - before for before, after in zip(times[20:], times[21:])]
        self.assertEqual(set(late), {150})  # the consumer's
        for _, who, what in events:
            if who == "producer":
                self.assertLessEqual(int(what.split()[-1]), 2)

    def test_the_consumer_sets_the_pace(self):
        self.assertEqual(
            self.events("--form", 2, "--items", 3),
            [
                (0, "producer", "pushed 1"),
                (100, "consumer", "is done with 1"),
                (100, "producer", "pushed 2"),
                (300, "consumer", "is done with 2"),
                (300, "producer", "pushed 3"),
                (600, "consumer", "is done with 3"),
            ],
        )

    def test_three_producers_are_iterated_together(self):
        events = self.events("--form", 3, "--items", 100)
        self.assertEqual([what for _, _, what in events],
                         [name + str(item) for item in range(1, 101) for name in "abc"])
        self.assertEqual([time for time, _, _ in events],
                         [100 * item for item in range(1, 101) for _ in "abc"])

    def test_all_three_by_default(self):
        titles = re.findall(r"^(\d)\. ", self.output(), re.MULTILINE)
        self.assertEqual(titles, ["1", "2", "3"])

    def test_real_time_gives_the_same_order(self):
        def happened(*arguments):
            return [event[1:] for event in self.events("--form", 2, "--items", 2, *arguments)]

        self.assertEqual(happened("--real-time"), happened())


class Trouble(ProducerConsumerTest):
    def test_bad_input(self):
        for option, value in [("--form", "4"), ("--items", "0"), ("--items", "many"),
                              ("--seconds", "-1"), ("--seconds", "nan"), ("--seconds", "1e9")]:
            with self.subTest(option=option, value=value):
                message = self.run_badly(option, value)
                self.assertIn(option, message)
                self.assertIn(value, message)

    def test_help(self):
        self.assertIn("--real-time", self.output("--help"))

    def test_output_that_cannot_be_written(self):
        self.assertIn("standard output", self.run_into_full_device())

    def test_ctrl_c(self):
        process = self.start("--form", 1, "--real-time", "--seconds", 3600)
        self.assertIn("1. ", process.stdout.readline())
        self.assertIn("pushed 1", process.stdout.readline())
        self.interrupt(process, signal.SIGINT)


if __name__ == "__main__":
    unittest.main()
