#!/usr/bin/env python3
"""The works with Python: asyncio's own, and those of katsdpsigproc; on asyncio's loop or on uvloop's.

  asyncio_works.py [--katsdpsigproc] [--uvloop] --list         the library, and the works it can do
  asyncio_works.py [--katsdpsigproc] [--uvloop] WORK COUNT     does the work, and prints its figure

The figure is in nanoseconds per operation; see main.cpp.
"""

import argparse
import asyncio
import importlib.metadata
import platform
import sys
import threading
import time

IN_LINE = 1000
CAPACITY = 64
JOBS_IN_FLIGHT = 16


def check_equal(what, is_, should_be):
    if is_ != should_be:
        raise RuntimeError(f"{what} is {is_} and should be {should_be}")


class Order:
    """Takes the places of tasks as they get their turn."""

    def __init__(self):
        self.entered = 0

    def enter(self, place):
        check_equal("place in the line", place, self.entered)
        self.entered += 1


async def lock(count):
    mutex = asyncio.Lock()
    value = 0
    for _ in range(count):
        async with mutex:
            value += 1
    check_equal("value", value, count)


async def enter(mutex, order, place):
    async with mutex:
        order.enter(place)


async def handoff(count):
    mutex = asyncio.Lock()
    for _ in range(0, count, IN_LINE):
        order = Order()
        await mutex.acquire()
        tasks = [asyncio.create_task(enter(mutex, order, place)) for place in range(IN_LINE)]
        await asyncio.sleep(0)
        mutex.release()
        await asyncio.gather(*tasks)
        check_equal("tasks", order.entered, IN_LINE)


async def yields(count):
    for _ in range(count):
        await asyncio.sleep(0)


async def channel(count):
    queue = asyncio.Queue(CAPACITY)

    async def put_all():
        for number in range(count):
            await queue.put(number)

    task = asyncio.create_task(put_all())
    order = Order()
    while order.entered != count:
        order.enter(await queue.get())
    await task


async def value(number):
    return number


async def value_after_a_turn(number):
    await asyncio.sleep(0)
    return number


async def child(count):
    total = 0
    for _ in range(count):
        total += await value(2)
    check_equal("sum", total, 2 * count)


async def spawn_join(count):
    total = 0
    for _ in range(count):
        total += await asyncio.create_task(value(2))
    check_equal("sum", total, 2 * count)


async def all_of_two(count):
    total = 0
    for _ in range(count):
        total += sum(await asyncio.gather(value(1), value(2)))
    check_equal("sum", total, 3 * count)


async def all_of_two_turns(count):
    total = 0
    for _ in range(count):
        total += sum(await asyncio.gather(value_after_a_turn(1), value_after_a_turn(2)))
    check_equal("sum", total, 3 * count)


async def race(count):
    won = 0
    for _ in range(count):
        quick = asyncio.create_task(value_after_a_turn(2))
        slow = asyncio.create_task(asyncio.sleep(3600))
        done, rest = await asyncio.wait([quick, slow], return_when=asyncio.FIRST_COMPLETED)
        won += quick in done
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
    check_equal("races won", won, count)


async def timeout(count):
    total = 0
    for _ in range(count):
        async with asyncio.timeout(3600):
            total += await value_after_a_turn(2)
    check_equal("sum", total, 2 * count)


async def post_asleep(count):
    """Another thread waits until this one must be asleep, and posts."""
    loop = asyncio.get_running_loop()
    requests = threading.Semaphore(0)
    future = None
    began = 0

    def wake():
        nonlocal began
        for _ in range(count):
            requests.acquire()
            time.sleep(0.0002)
            began = time.perf_counter_ns()
            loop.call_soon_threadsafe(future.set_result, None)

    thread = threading.Thread(target=wake)
    thread.start()
    total = 0
    for _ in range(count):
        future = loop.create_future()
        requests.release()
        await future
        total += time.perf_counter_ns() - began
    thread.join()
    return total / count


async def post_busy(count):
    loop = asyncio.get_running_loop()
    arrived = 0

    def arrive():
        nonlocal arrived
        arrived += 1

    def post():
        for _ in range(count):
            loop.call_soon_threadsafe(arrive)

    thread = threading.Thread(target=post)
    thread.start()
    while arrived != count:
        await asyncio.sleep(0)
    thread.join()


async def kat_lock(count):
    resource = Resource(None)
    done = 0
    for _ in range(count):
        ticket = resource.acquire()
        await ticket.wait_events()
        done += 1
        ticket.ready()
    check_equal("value", done, count)


async def kat_enter(ticket, order, place):
    await ticket.wait_events()
    order.enter(place)
    ticket.ready()


async def kat_handoff(count):
    resource = Resource(None)
    for _ in range(0, count, IN_LINE):
        order = Order()
        gate = resource.acquire()
        await gate.wait_events()
        for place in range(IN_LINE):
            asyncio.create_task(kat_enter(resource.acquire(), order, place))
        await asyncio.sleep(0)
        last = resource.acquire()
        gate.ready()
        await last.wait_events()
        last.ready()
        check_equal("tasks", order.entered, IN_LINE)


async def kat_job_queue(count):
    resource = Resource(None)
    jobs = JobQueue()
    done = 0

    async def use_for_a_turn(ticket):
        nonlocal done
        await ticket.wait_events()
        await asyncio.sleep(0)
        done += 1
        ticket.ready()

    for _ in range(count):
        await jobs.finish(JOBS_IN_FLIGHT - 1)
        jobs.add(use_for_a_turn(resource.acquire()))
    await jobs.finish()
    check_equal("jobs", done, count)


WORKS = {"lock": lock, "handoff": handoff, "yield": yields, "channel": channel, "child": child,
         "spawn_join": spawn_join, "all_of_two": all_of_two, "all_of_two_turns": all_of_two_turns,
         "race": race, "timeout": timeout, "post_asleep": post_asleep, "post_busy": post_busy}
KAT_WORKS = {"lock": kat_lock, "handoff": kat_handoff, "job_queue": kat_job_queue}


def main():
    global Resource, JobQueue
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--katsdpsigproc", action="store_true")
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("work", nargs="?", metavar="WORK")
    parser.add_argument("count", nargs="?", type=int, metavar="COUNT")
    arguments = parser.parse_args()
    works = KAT_WORKS if arguments.katsdpsigproc else WORKS
    name = "asyncio"
    if arguments.katsdpsigproc:
        from katsdpsigproc.resource import JobQueue, Resource
        name = f"katsdpsigproc {importlib.metadata.version('katsdpsigproc')}"
    name += f" (Python {platform.python_version()}"
    run = asyncio.run
    if arguments.uvloop:
        import uvloop
        run = uvloop.run
        name += f", uvloop {uvloop.__version__}"
    if arguments.list:
        print(name + ")", *works, sep="\n")
        return
    if arguments.work not in works:
        parser.error(f"no such work: {arguments.work} (there are {', '.join(works)})")
    if arguments.count is None or arguments.count <= 0:
        parser.error(f"COUNT is {arguments.count}, and must be greater than 0")
    work = works[arguments.work]
    run(work(arguments.count // 4 + 1))
    start = time.perf_counter_ns()
    figure = run(work(arguments.count))
    elapsed = time.perf_counter_ns() - start
    print(f"{figure or elapsed / arguments.count:.2f}")


if __name__ == "__main__":
    sys.exit(main())
