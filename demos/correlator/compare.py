#!/usr/bin/env python3
"""How much faster `correlator` is than the same work with calls that block.

    compare.py [--mpiexec COMMAND] [--ranks N,...] [--times N] [--link RATE] PROGRAM [OPTION...]

The two take turns, on files of noise that are read from memory, so that whatever else the machine does
meets both; what is printed are medians of the ratios of neighbours.

With --link 2gbit, say, it is the superuser's to run, in a network of its own whose loopback has this
rate, for all ranks together: tell MPI to use TCP then.
"""

import argparse
import re
import statistics
import subprocess
import tempfile

import numpy as np


LINK = ("ip link set lo up && tc qdisc add dev lo root tbf rate {} burst 256kb latency 100ms && "
        'exec "$@"')


def rate(command, folder):
    """(megasamples a second, {stage: share of the time}) of one run."""
    output = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    stages = dict(re.findall(r"(\w+) ([\d.e-]+) s\b", output.partition("of rank 0's time: ")[2]))
    seconds = float(re.search(r"in ([\d.e+-]+) s: ", output).group(1))
    share = {stage: float(time) / seconds for stage, time in stages.items()}
    return float(re.search(r"s: ([\d.e+-]+) Msamples/s", output).group(1)), share


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mpiexec", default="mpiexec")
    parser.add_argument("--ranks", default="2,4")
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--antennas", type=int, default=8)
    parser.add_argument("--link", default="")
    parser.add_argument("--samples", type=int, default=1 << 24, help="of each antenna")
    parser.add_argument("program")
    parser.add_argument("options", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        noise = rng.normal(0, 30, (1 << 20, 2)).clip(-128, 127).round().astype(np.int8)
        files = []
        for antenna in range(arguments.antennas):
            rng.shuffle(noise)
            files.append(f"--input=antenna{antenna}")
            with open(f"{folder}/antenna{antenna}", "wb") as file:
                for _ in range(0, arguments.samples, len(noise)):
                    file.write(noise.tobytes())
        for ranks in arguments.ranks.split(","):
            link = ["unshare", "-n", "sh", "-c", LINK.format(arguments.link), "sh"]
            command = [*(link if arguments.link else []), *arguments.mpiexec.split(), "-n", ranks, arguments.program, *files,
                       *arguments.options]
            rate(command, folder)  # compiles the kernels
            pairs = [(rate(command, folder), rate([*command, "--blocking"], folder))
                     for _ in range(arguments.times)]
            ratios = sorted(ours[0] / blocking[0] for ours, blocking in pairs)
            largest = [max(share.values()) for _, (_, share) in pairs]
            print(f"{ranks} ranks: {statistics.median(ratios):.2f} times the rate of blocking calls "
                  f"(quartiles {ratios[len(ratios) // 4]:.2f} and {ratios[-1 - len(ratios) // 4]:.2f}); "
                  f"medians {statistics.median(o[0] for o, _ in pairs):.3g} and "
                  f"{statistics.median(b[0] for _, b in pairs):.3g} Msamples/s; their largest stage is "
                  f"{statistics.median(largest):.0%} of their time", flush=True)


if __name__ == "__main__":
    main()
