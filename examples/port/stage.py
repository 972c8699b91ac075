#!/usr/bin/env python3
"""Adds up frames on a device, and sends the sum of each group of four: with katsdpsigproc.

The same program as stage.cpp, which is compared with it in docs/katsdpsigproc.md. It needs
katsdpsigproc 1.10 and a pyopencl older than 2025.2, both of PyPI. `stage.py 6` has frame 6 come short.
"""

import argparse
import asyncio
import itertools

import numpy as np
from katsdpsigproc import accel, resource

VALUES = 1024
FRAMES = 12
GROUP = 4
SOURCE = """
kernel void add(global int *sums, global const int *frame)
{
    sums[get_global_id(0)] += frame[get_global_id(0)];
}
"""


def receive(number, short):
    values = VALUES - 1 if number == short else VALUES
    return (100 * number + np.arange(values, dtype=np.int32)) % 1000


async def send(group, sums):
    print(f"group {group}: first {sums[0]}, last {sums[-1]}, total {sums.sum()}")


class Stage:
    def __init__(self, context):
        # [resources]
        self.upload = context.create_command_queue()
        self.compute = context.create_command_queue()
        self.add = context.compile(SOURCE).get_kernel("add")
        sums = context.allocate((VALUES,), np.int32)
        self.compute.enqueue_zero_buffer(sums)
        self.sums = resource.Resource(sums)
        self.host = self.ring(lambda: context.allocate_pinned((VALUES,), np.int32))
        self.device = self.ring(lambda: context.allocate((VALUES,), np.int32))
        self.result = self.ring(lambda: context.allocate_pinned((VALUES,), np.int32))
        self.jobs = resource.JobQueue()
        # [/resources]

    @staticmethod
    def ring(make):
        return itertools.cycle([resource.Resource(make()) for _ in range(2)])

    # [fill]
    async def add_frame(self, sums_a, device_a, host_a, frame):
        with sums_a as sums, device_a as device, host_a as host:
            await host_a.wait_events()
            host[:] = frame
            # [/fill]

            # [upload]
            self.upload.enqueue_wait_for_events(await device_a.wait())
            self.upload.enqueue_write_buffer(device, host, blocking=False)
            uploaded = self.upload.enqueue_marker()
            self.upload.flush()
            host_a.ready([uploaded])
            # [/upload]

            # [add]
            self.compute.enqueue_wait_for_events([uploaded] + await sums_a.wait())
            self.compute.enqueue_kernel(self.add, [sums, device], (VALUES,), (64,))
            added = self.compute.enqueue_marker()
            self.compute.flush()
            device_a.ready([added])
            sums_a.ready([added])
            # [/add]

    # [read]
    async def send_group(self, sums_a, result_a, group):
        with sums_a as sums, result_a as result:
            self.compute.enqueue_wait_for_events(await sums_a.wait() + await result_a.wait())
            self.compute.enqueue_read_buffer(sums, result, blocking=False)
            read = self.compute.enqueue_marker()
            self.compute.enqueue_zero_buffer(sums)
            cleared = self.compute.enqueue_marker()
            self.compute.flush()
            sums_a.ready([cleared])
            # [/read]

            # [send]
            await resource.async_wait_for_events([read])
            await send(group, result)
            result_a.ready()
            # [/send]

    # [run]
    async def run(self, short):
        for number in range(FRAMES):
            frame = receive(number, short)
            host_a = next(self.host).acquire()
            device_a = next(self.device).acquire()
            sums_a = self.sums.acquire()
            await host_a.wait()  # the frame before the last has been enqueued
            self.jobs.add(self.add_frame(sums_a, device_a, host_a, frame))
            if number % GROUP == GROUP - 1:
                sums_a = self.sums.acquire()
                result_a = next(self.result).acquire()
                self.jobs.add(self.send_group(sums_a, result_a, number // GROUP))
            self.jobs.clean()  # raises what a job has raised
        await self.jobs.finish()
    # [/run]


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("short", nargs="?", type=int, choices=range(FRAMES),
                        help="the number of a frame that comes short")
    short = parser.parse_args().short
    await Stage(accel.create_some_context(interactive=False)).run(short)


if __name__ == "__main__":
    asyncio.run(main())
