#!/usr/bin/env python3
"""Reads the page of metrics that the program given by PAGE writes with Prometheus' own parser.

    PAGE=build/release/tests/prometheus/juggle_metrics_page tests/prometheus/page_test.py
"""

import os
import subprocess
import unittest

try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    text_string_to_metric_families = None

AWKWARD = 'a "name" with \\ and\na second line, {x="1"} #'


@unittest.skipIf(text_string_to_metric_families is None,
                 "Debian's python3-prometheus-client is not installed")
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = subprocess.run([os.environ["PAGE"]], check=True, capture_output=True,
                              encoding="utf-8").stdout
        cls.families = {family.name: family for family in text_string_to_metric_families(text)}
        cls.values = {(sample.name, *sorted(sample.labels.items())): sample.value
                      for family in cls.families.values() for sample in family.samples}

    def value(self, sample, /, **labels):
        return self.values[(sample, *sorted(labels.items()))]

    def test_each_family_has_a_type_and_a_help(self):
        types = {name: family.type for name, family in self.families.items()}
        self.assertEqual(types, {
            "juggle_ticks": "counter",
            "juggle_posts": "counter",
            "juggle_sleeps": "counter",
            "juggle_running_tasks": "gauge",
            "juggle_level": "gauge",
            "juggle_capacity": "gauge",
            "juggle_served": "counter",
            "juggle_waiting_tasks": "gauge",
            "juggle_waits": "counter",
            "juggle_waited_seconds": "counter",
        })
        for family in self.families.values():
            self.assertTrue(family.documentation, family.name)

    def test_no_sample_comes_twice(self):
        samples = sum(len(family.samples) for family in self.families.values())
        self.assertEqual(samples, len(self.values))

    def test_both_executors_are_there(self):
        self.assertGreater(self.value("juggle_ticks_total", executor="busy"), 0)
        self.assertEqual(self.value("juggle_ticks_total", executor="back\\slash"), 0)
        self.assertEqual(self.value("juggle_running_tasks", executor="busy"), 1)

    def test_an_awkward_name_comes_through(self):
        channel = {"executor": "busy", "kind": "channel", "name": AWKWARD}
        self.assertEqual(self.value("juggle_served_total", **channel), 5)
        self.assertEqual(self.value("juggle_capacity", **channel), 2)
        self.assertEqual(self.value("juggle_level", **channel), 0)

    def test_time_is_in_seconds(self):
        # The third, fourth and fifth element find the channel full, and the user asleep.
        push = {"executor": "busy", "kind": "channel", "name": AWKWARD, "operation": "push"}
        self.assertGreater(self.value("juggle_waits_total", **push), 0)
        self.assertEqual(self.value("juggle_waited_seconds_total", **push), 1.0)
        self.assertEqual(self.value("juggle_waiting_tasks", **push), 0)

    def test_permits_and_tickets_are_counted(self):
        self.assertEqual(self.value("juggle_served_total", executor="busy", kind="semaphore",
                                    name="cores"), 10)
        self.assertEqual(self.value("juggle_capacity", executor="busy", kind="semaphore",
                                    name="cores"), 3)
        self.assertEqual(self.value("juggle_served_total", executor="busy", kind="resource",
                                    name="accumulator"), 5)


if __name__ == "__main__":
    unittest.main()
