"""Runs stress-ng and the hammer in turn and prints their operations a second side by side.

usage: beside_stress_ng.py HAMMER [--pairs N] [--seconds N]
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile

# stressor and its options, kind, bytes of a message: as stress-ng 0.15.06 has them by default (seen
# by strace), but for msg. Of its 4 bytes a queue holds 4096 messages, all of which the kernel goes
# through to find the one of the highest priority, which the kind has and the stressor has not.
# The udp stressor sends 16 to 1024 bytes in turn: the mean. A semaphore has no bytes.
PAIRS = [
    (["pipe"], "pipe", 512),
    (["fifo"], "fifo", 8),
    (["mq"], "posix_mq", 8),
    (["msg", "--msg-bytes", "64"], "sysv_msg", 64),
    (["sem"], "sem_unnamed", 0),
    (["sem-sysv"], "sem_sysv", 0),
    (["sockpair"], "unix_stream_pair", 4096),
    (["udp"], "udp", 520),
]


def fail(text):
    print(f"ci/beside_stress_ng: {text}", file=sys.stderr)
    sys.exit(2)


def stress_ng(stressor, options, seconds):
    """Bogo operations for each second of real time; one is a message sent and received."""
    run = subprocess.run(
        ["stress-ng", f"--{stressor}", "1", *options, "--verify", "-t", str(seconds), "--metrics-brief"],
        capture_output=True, text=True)
    found = re.search(rf"\s{stressor}\s+\d+\s+\S+\s+\S+\s+\S+\s+([\d.]+)\s", run.stdout + run.stderr)
    if run.returncode != 0 or not found:
        fail(f"stress-ng --{stressor} ended with {run.returncode}: {run.stderr.strip()[-200:]}")
    return float(found[1])


def hammer(binary, kind, size, seconds, findings):
    """Messages received for each second of a run, from its start line to its end."""
    command = [binary, "run", kind, "--scenario", "fan_in", "--adversity", "none", "--mode",
               "relatives", "--producers", "1", "--consumers", "1", "--messages", "200000",
               "--seconds", str(seconds), "--findings", findings]
    if size:
        command += ["--message-size", str(size)]
    run = subprocess.run(command, capture_output=True, text=True)
    found = re.search(rf"^{kind} relatives .*?\s([\d.]+)([kM]?)/s\s+\S+\s+ok$", run.stdout, re.M)
    if run.returncode != 0 or not found:
        fail(f"the hammer on {kind} ended with {run.returncode}: {run.stdout.strip()[-300:]}")
    return float(found[1]) * {"": 1, "k": 1e3, "M": 1e6}[found[2]]


def main():
    parser = argparse.ArgumentParser(prog="ci/beside_stress_ng")
    parser.add_argument("hammer", help=argparse.SUPPRESS)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args()
    if options.pairs < 1 or options.seconds < 1:
        fail("--pairs and --seconds are at least 1")
    print("| stressor | kind | bytes | stress-ng, ops/s | hammer, ops/s | ratio | of the pairs |")
    print("|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as findings:
        for (stressor, *extra), kind, size in PAIRS:
            theirs, ours = [], []
            for _ in range(options.pairs):
                theirs.append(stress_ng(stressor, extra, options.seconds))
                ours.append(hammer(options.hammer, kind, size, options.seconds, findings))
            ratios = [o / t for o, t in zip(ours, theirs)]
            print(f"| {stressor} | {kind} | {size or '-'} | {statistics.median(theirs):,.0f} "
                  f"| {statistics.median(ours):,.0f} | {statistics.median(ratios):.2f} "
                  f"| {min(ratios):.2f} to {max(ratios):.2f} |", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
